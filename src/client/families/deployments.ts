import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Deployments of services. Source: https://developer.hashicorp.com/nomad/api-docs/deployments */
export class Deployments {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /deployments. `filter`, `prefix` and pages work here. */
  list(options?: ListOptions): ListQuery<Nomad.Deployment> {
    return this.#call.list("/deployments", options);
  }

  /** GET /deployment/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.Deployment> {
    return this.#call.read(path`/deployment/${id}`, options);
  }

  /** GET /deployment/allocations/:id */
  allocations(id: string, options?: ListOptions): ListQuery<Nomad.AllocationListStub> {
    return this.#call.list(path`/deployment/allocations/${id}`, options);
  }

  /** PUT /deployment/fail/:id. Ends it as failed; a group with `auto_revert` goes back to the stable version. */
  fail(id: string, options?: CallOptions): Promise<Nomad.DeploymentUpdateResponse> {
    return this.#update("fail", id, {}, options);
  }

  /** PUT /deployment/pause/:id */
  pause(id: string, pause: boolean, options?: CallOptions): Promise<Nomad.DeploymentUpdateResponse> {
    return this.#update("pause", id, { Pause: pause }, options);
  }

  /** PUT /deployment/promote/:id. The canaries of some groups, or of all. */
  promote(
    id: string,
    options: CallOptions & { readonly groups?: readonly string[] | undefined } = {},
  ): Promise<Nomad.DeploymentUpdateResponse> {
    const { groups } = options;
    return this.#update("promote", id, groups === undefined ? { All: true } : { Groups: groups }, options);
  }

  /** PUT /deployment/unblock/:id. Lets one region of a multiregion job go on. Enterprise. */
  unblock(id: string, options?: CallOptions): Promise<Nomad.DeploymentUpdateResponse> {
    return this.#update("unblock", id, {}, options);
  }

  /** PUT /deployment/allocation-health/:id. For deployments whose health is set by hand. */
  setAllocationHealth(
    id: string,
    health: { readonly healthy?: readonly string[] | undefined; readonly unhealthy?: readonly string[] | undefined },
    options?: CallOptions,
  ): Promise<Nomad.DeploymentUpdateResponse> {
    const body = { HealthyAllocationIDs: health.healthy ?? [], UnhealthyAllocationIDs: health.unhealthy ?? [] };
    return this.#update("allocation-health", id, body, options);
  }

  #update(
    what: string,
    id: string,
    body: object,
    options: CallOptions | undefined,
  ): Promise<Nomad.DeploymentUpdateResponse> {
    const sending = { body: { DeploymentID: id, ...body } };
    return this.#call.send("PUT", path`/deployment/${what}/${id}`, options, sending);
  }
}
