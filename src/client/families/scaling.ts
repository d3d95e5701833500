import type { Caller } from "../caller.js";
import type { ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Scaling policies; `jobs.scale` scales. Source: https://developer.hashicorp.com/nomad/api-docs/scaling-policies */
export class Scaling {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /scaling/policies. Of one job, or of one type (`horizontal`, `vertical_cpu` …), where named. */
  policies(
    options: ListOptions & { readonly job?: string | undefined; readonly type?: string | undefined } = {},
  ): ListQuery<Nomad.ScalingPolicyListStub> {
    return this.#call.list("/scaling/policies", options, { query: { job: options.job, type: options.type } });
  }

  /** GET /scaling/policy/:id */
  policy(id: string, options?: ReadOptions): WatchableQuery<Nomad.ScalingPolicy> {
    return this.#call.read(path`/scaling/policy/${id}`, options);
  }
}
