import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** Namespaces. Source: https://developer.hashicorp.com/nomad/api-docs/namespaces */
export class Namespaces {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /namespaces. Those that the token may see. */
  list(options?: ListOptions): ListQuery<Nomad.Namespace> {
    return this.#call.list("/namespaces", options);
  }

  /** GET /namespace/:name */
  read(name: string, options?: ReadOptions): WatchableQuery<Nomad.Namespace> {
    return this.#call.read(path`/namespace/${name}`, options);
  }

  /** PUT /namespace. Makes a namespace, or changes it. */
  register(namespace: Input<Nomad.Namespace> & { readonly Name: string }, options?: CallOptions): Promise<void> {
    return this.#call.tell("PUT", "/namespace", options, { body: namespace });
  }

  /** DELETE /namespace/:name. Only one without jobs, volumes and variables. */
  delete(name: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/namespace/${name}`, options);
  }
}
