import type { Caller } from "../caller.js";
import type { CallOptions, ReadOptions } from "../options.js";
import type { Query } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/**
 * What a node's own agent answers; a server passes the call on. Without an ID it is the agent that is asked.
 *
 * Source: https://developer.hashicorp.com/nomad/api-docs/client
 */
export class NodeAgents {
  constructor(protected readonly call: Caller) {}

  /** GET /client/stats. Processors, memory, disks and devices of the machine. */
  stats(id?: string, options?: ReadOptions): Query<Nomad.HostStats> {
    return this.call.get("/client/stats", "object", options, { query: { node_id: id } });
  }

  /** GET /client/gc. Lets a node forget every allocation that has ended. */
  async gc(id?: string, options?: CallOptions): Promise<void> {
    await this.call.get("/client/gc", "nothing", options, { query: { node_id: id } });
  }

  /** GET /client/metadata. A node's meta: from its configuration, set at run time, and what counts. Since Nomad 1.5. */
  meta(id?: string, options?: ReadOptions): Query<Nomad.NodeMetaResponse> {
    return this.call.get("/client/metadata", "object", options, { query: { node_id: id } });
  }

  /** POST /client/metadata. Sets meta at run time; null takes a key away. Since Nomad 1.5. */
  applyMeta(
    meta: Readonly<Record<string, string | null>>,
    id?: string,
    options?: CallOptions,
  ): Promise<Nomad.NodeMetaResponse> {
    return this.call.send("POST", "/client/metadata", options, { body: { NodeID: id ?? "", Meta: meta } });
  }

  /** GET /client/identity. The claims of a node's identity. Since Nomad 1.11. */
  identity(id?: string, options?: ReadOptions): Query<Nomad.NodeIdentityGetResponse> {
    return this.call.get("/client/identity", "object", options, { query: { node_id: id } });
  }

  /** POST /client/identity/renew. A new identity with the node's next heartbeat. Since Nomad 1.11. */
  renewIdentity(id?: string, options?: CallOptions): Promise<void> {
    return this.call.tell("POST", "/client/identity/renew", options, { body: { NodeID: id ?? "" } });
  }
}
