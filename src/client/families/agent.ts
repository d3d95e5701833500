import type { CallOptions, ReadOptions } from "../options.js";
import type { Query } from "../query.js";
import type * as Nomad from "../types/nomad.js";
import { AgentDebug } from "./agent-debug.js";

/** What joining servers gives. */
export interface JoinResult {
  readonly num_joined: number;
  readonly error: string;
}

/** The agent that is asked. Source: https://developer.hashicorp.com/nomad/api-docs/agent */
export class Agent extends AgentDebug {
  /** GET /agent/self. Configuration (without secrets), member and figures. */
  self(options?: ReadOptions): Query<Nomad.AgentSelf> {
    return this.call.get("/agent/self", "object", options);
  }

  /** GET /agent/health. @throws LauncherError `NOMAD_E_API_SERVER` when it is not well. */
  health(
    options: ReadOptions & { readonly type?: "client" | "server" | undefined } = {},
  ): Query<Nomad.AgentHealthResponse> {
    return this.call.get("/agent/health", "object", options, { query: { type: options.type } });
  }

  /** GET /agent/members. The servers that this one has met, in every region. */
  members(options?: ReadOptions): Query<Nomad.ServerMembers> {
    return this.call.get("/agent/members", "object", options);
  }

  /** GET /agent/servers. RPC addresses of the servers that a client knows. */
  servers(options?: ReadOptions): Query<readonly string[]> {
    return this.call.get("/agent/servers", "list", options);
  }

  /** PUT /agent/servers. Tells a client its servers. */
  setServers(addresses: readonly string[], options?: CallOptions): Promise<void> {
    return this.call.tell("PUT", "/agent/servers", options, { query: { address: addresses } });
  }

  /** PUT /agent/join. Lets a server meet others. */
  join(addresses: readonly string[], options?: CallOptions): Promise<JoinResult> {
    return this.call.send("PUT", "/agent/join", options, { query: { address: addresses } });
  }

  /** PUT /agent/force-leave. Counts a server that failed as one that left. `prune`: forgets it. */
  forceLeave(node: string, options: CallOptions & { readonly prune?: boolean | undefined } = {}): Promise<void> {
    const query = { node, prune: options.prune === true ? 1 : undefined };
    return this.call.tell("PUT", "/agent/force-leave", options, { query });
  }

  /** GET /agent/host. The machine of an agent: operating system, environment, disks. Needs `enable_debug`, or an ACL token. */
  host(
    options: ReadOptions & { readonly serverId?: string | undefined; readonly nodeId?: string | undefined } = {},
  ): Query<Nomad.HostData> {
    const query = { server_id: options.serverId, node_id: options.nodeId };
    return this.call.get("/agent/host", "object", options, { query });
  }

  /** GET /agent/schedulers. What each worker of a server's schedulers is at. */
  schedulers(options?: ReadOptions): Query<Nomad.AgentSchedulerWorkersInfo> {
    return this.call.get("/agent/schedulers", "object", options);
  }

  /** GET /agent/schedulers/config */
  schedulerWorkers(options?: ReadOptions): Query<SchedulerWorkers> {
    return this.call.get("/agent/schedulers/config", "object", options);
  }

  /** PUT /agent/schedulers/config. How many workers there are, and for which kinds of jobs; until the agent is restarted. */
  setSchedulerWorkers(workers: Partial<SchedulerWorkers>, options?: CallOptions): Promise<SchedulerWorkers> {
    return this.call.send("PUT", "/agent/schedulers/config", options, { body: workers });
  }
}

/** The workers of a server's schedulers. Source: api/agent.go `AgentSchedulerWorkerConfigResponse` */
export interface SchedulerWorkers {
  readonly server_id?: string;
  readonly num_schedulers: number;
  readonly enabled_schedulers: readonly string[];
}
