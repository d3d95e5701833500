import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";
import { NodeAgents } from "./node-agents.js";

/** Nodes (clients). Source: https://developer.hashicorp.com/nomad/api-docs/nodes */
export class Nodes extends NodeAgents {
  /** GET /nodes. `filter`, `prefix` and pages work here. */
  list(
    options: ListOptions & { readonly resources?: boolean | undefined; readonly os?: boolean | undefined } = {},
  ): ListQuery<Nomad.NodeListStub> {
    return this.call.list("/nodes", options, { query: { resources: options.resources, os: options.os } });
  }

  /** GET /node/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.Node> {
    return this.call.read(path`/node/${id}`, options);
  }

  /** GET /node/:id/allocations, each of them whole. */
  allocations(id: string, options?: ListOptions): ListQuery<Nomad.Allocation> {
    return this.call.list(path`/node/${id}/allocations`, options);
  }

  /**
   * PUT /node/:id/drain. Moves everything off a node; null ends the draining.
   *
   * @param drain - `Deadline` in nanoseconds; -1 for at once, 0 for no limit.
   */
  drain(
    id: string,
    drain: Input<Nomad.DrainSpec> | null,
    options: CallOptions & {
      /** Whether the node may take work again, where the draining is ended. */
      readonly markEligible?: boolean | undefined;
      readonly meta?: Readonly<Record<string, string>> | undefined;
    } = {},
  ): Promise<Nomad.NodeDrainUpdateResponse> {
    const body = { NodeID: id, DrainSpec: drain, MarkEligible: options.markEligible ?? false, Meta: options.meta };
    return this.call.send("PUT", path`/node/${id}/drain`, options, { body });
  }

  /** PUT /node/:id/eligibility. Whether the node may be given work. */
  eligibility(id: string, eligible: boolean, options?: CallOptions): Promise<Nomad.NodeEligibilityUpdateResponse> {
    const body = { NodeID: id, Eligibility: eligible ? "eligible" : "ineligible" };
    return this.call.send("PUT", path`/node/${id}/eligibility`, options, { body });
  }

  /** POST /node/:id/evaluate. Lets the scheduler look at every job of the node again. */
  evaluate(id: string, options?: CallOptions): Promise<{ readonly EvalIDs: readonly string[] | null }> {
    return this.call.send("POST", path`/node/${id}/evaluate`, options);
  }

  /** POST /node/:id/purge. Forgets a node; one that still runs registers again. */
  purge(id: string, options?: CallOptions): Promise<Nomad.NodePurgeResponse> {
    return this.call.send("POST", path`/node/${id}/purge`, options);
  }

  /** GET /volumes?type=csi&node_id=:id. The CSI volumes in use on a node. */
  csiVolumes(id: string, options?: ListOptions): ListQuery<Nomad.CSIVolumeListStub> {
    return this.call.list("/volumes", options, { query: { type: "csi", node_id: id } });
  }
}
