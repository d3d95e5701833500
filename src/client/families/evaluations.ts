import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, Query, WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Evaluations. Source: https://developer.hashicorp.com/nomad/api-docs/evaluations */
export class Evaluations {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /evaluations. `filter`, `prefix` and pages work here. */
  list(
    options: ListOptions & { readonly job?: string | undefined; readonly status?: string | undefined } = {},
  ): ListQuery<Nomad.Evaluation> {
    return this.#call.list("/evaluations", options, { query: { job: options.job, status: options.status } });
  }

  /** GET /evaluations/count. How many a filter finds. */
  count(options?: ListOptions): Query<Nomad.EvalCountResponse> {
    return this.#call.get("/evaluations/count", "object", options);
  }

  /** GET /evaluation/:id, with the evaluations it is related to. */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.Evaluation> {
    return this.#call.read(path`/evaluation/${id}`, options, { query: { related: true } });
  }

  /** GET /evaluation/:id/allocations. What the evaluation placed or changed. */
  allocations(id: string, options?: ListOptions): ListQuery<Nomad.AllocationListStub> {
    return this.#call.list(path`/evaluation/${id}/allocations`, options);
  }

  /** DELETE /evaluations. Needs the eval broker to be paused (see the scheduler configuration). */
  delete(ids: readonly string[], options?: CallOptions): Promise<Nomad.EvalDeleteResponse> {
    return this.#call.send("DELETE", "/evaluations", options, { body: { EvalIDs: ids } });
  }

  /** DELETE /evaluations. All that a filter finds. */
  deleteWhere(filter: string, options?: CallOptions): Promise<Nomad.EvalDeleteResponse> {
    return this.#call.send("DELETE", "/evaluations", options, { body: { Filter: filter } });
  }
}
