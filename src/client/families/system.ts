import type { Caller } from "../caller.js";
import type { CallOptions, ReadOptions } from "../options.js";
import type { Query } from "../query.js";

/** System, status and regions. Source: https://developer.hashicorp.com/nomad/api-docs/system, status and regions */
export class System {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** PUT /system/gc. Forgets jobs, evaluations, allocations and nodes that have ended. */
  gc(options?: CallOptions): Promise<void> {
    return this.#call.tell("PUT", "/system/gc", options);
  }

  /** PUT /system/reconcile/summaries. Counts the summaries of jobs anew. */
  reconcileSummaries(options?: CallOptions): Promise<void> {
    return this.#call.tell("PUT", "/system/reconcile/summaries", options);
  }
}

/** Who leads. Source: https://developer.hashicorp.com/nomad/api-docs/status */
export class Status {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /status/leader. RPC address of the leader of a region (`region`, default the agent's); empty where there is none. */
  leader(options?: ReadOptions): Query<string> {
    return this.#call.get("/status/leader", "text", options);
  }

  /** GET /status/peers. RPC addresses of the servers. */
  peers(options?: ReadOptions): Query<readonly string[]> {
    return this.#call.get("/status/peers", "list", options);
  }

  /** GET /regions. Names of the regions that are known. */
  regions(options?: ReadOptions): Query<readonly string[]> {
    return this.#call.get("/regions", "list", options);
  }
}
