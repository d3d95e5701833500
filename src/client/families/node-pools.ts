import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** Node pools. Source: https://developer.hashicorp.com/nomad/api-docs/node-pools */
export class NodePools {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /node/pools. `filter`, `prefix` and pages work here. */
  list(options?: ListOptions): ListQuery<Nomad.NodePool> {
    return this.#call.list("/node/pools", options);
  }

  /** GET /node/pool/:name */
  read(name: string, options?: ReadOptions): WatchableQuery<Nomad.NodePool> {
    return this.#call.read(path`/node/pool/${name}`, options);
  }

  /** PUT /node/pools. Makes a pool, or changes it. */
  register(pool: Input<Nomad.NodePool> & { readonly Name: string }, options?: CallOptions): Promise<void> {
    return this.#call.tell("PUT", "/node/pools", options, { body: pool });
  }

  /** DELETE /node/pool/:name. Only an empty one. */
  delete(name: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/node/pool/${name}`, options);
  }

  /** GET /node/pool/:name/jobs */
  jobs(name: string, options?: ListOptions): ListQuery<Nomad.JobListStub> {
    return this.#call.list(path`/node/pool/${name}/jobs`, options);
  }

  /** GET /node/pool/:name/nodes */
  nodes(name: string, options?: ListOptions): ListQuery<Nomad.NodeListStub> {
    return this.#call.list(path`/node/pool/${name}/nodes`, options);
  }
}
