import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Services that Nomad itself keeps track of. Source: https://developer.hashicorp.com/nomad/api-docs/services */
export class Services {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /services. Names and tags, by namespace. */
  list(options?: ListOptions): ListQuery<Nomad.ServiceRegistrationListStub> {
    return this.#call.list("/services", options);
  }

  /** GET /service/:name. Every registration of a name. `choose`: so many of them, `3|key`, the same ones for the same key. */
  read(
    name: string,
    options: ListOptions & { readonly choose?: string | undefined } = {},
  ): ListQuery<Nomad.ServiceRegistration> {
    return this.#call.list(path`/service/${name}`, options, { query: { choose: options.choose } });
  }

  /** DELETE /service/:name/:id */
  delete(name: string, id: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/service/${name}/${id}`, options);
  }
}
