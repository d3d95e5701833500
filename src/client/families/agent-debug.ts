import type { Caller } from "../caller.js";
import type { CallOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { Query } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Which agent is meant, where it is not the one that is asked. */
export interface AgentChoice extends CallOptions {
  readonly serverId?: string | undefined;
  readonly nodeId?: string | undefined;
}

/** What an agent's monitor shows. */
export interface MonitorOptions extends AgentChoice {
  /** Least level. Default `info`. */
  readonly logLevel?: "trace" | "debug" | "info" | "warn" | "error" | undefined;
  readonly json?: boolean | undefined;
}

/** Which of an agent's past log is shown. */
export interface ExportOptions extends AgentChoice {
  /** Nomad's own log file, or a service of systemd's. */
  readonly source: "file" | { readonly service: string };
  /** How far back, as Go writes durations. Default `72h`. */
  readonly since?: string | undefined;
  /** Go on with what is logged from now on; of journald only. */
  readonly follow?: boolean | undefined;
}

/** Which profile is taken. Needs `enable_debug`, or an ACL token with `agent:write`. */
export interface ProfileOptions extends AgentChoice {
  readonly seconds?: number | undefined;
  readonly debug?: number | undefined;
  readonly gc?: number | undefined;
}

/** An agent's log, profiles and gossip keys. Source: https://developer.hashicorp.com/nomad/api-docs/agent */
export class AgentDebug {
  constructor(protected readonly call: Caller) {}

  /** GET /agent/monitor. The agent's log from now on, as text. It may be silent for as long as the agent has nothing to say. */
  monitor(options: MonitorOptions = {}): AsyncIterable<Uint8Array> {
    const { logLevel, json, serverId, nodeId } = options;
    const query = { log_level: logLevel, log_json: json, server_id: serverId, node_id: nodeId, plain: true };
    return this.call.bytes("/agent/monitor", options, { query, silenceMs: 0 });
  }

  /** GET /agent/monitor/export. What the agent has logged, from its file or (Linux) from journald. Since Nomad 1.11. */
  exportLog(options: ExportOptions): AsyncIterable<Uint8Array> {
    const { serverId, nodeId, since, follow, source } = options;
    const from = source === "file" ? { on_disk: true } : { service_name: source.service };
    const query = { ...from, server_id: serverId, node_id: nodeId, logs_since: since, follow, plain: true };
    return this.call.bytes("/agent/monitor/export", options, { query, silenceMs: follow === true ? 0 : undefined });
  }

  /** GET /agent/pprof/:profile. A profile of Go's: `profile` (processor), `trace`, `goroutine`, `heap` … */
  profile(name: string, options: ProfileOptions = {}): AsyncIterable<Uint8Array> {
    const { seconds, debug, gc, serverId, nodeId } = options;
    const query = { seconds, debug, gc, server_id: serverId, node_id: nodeId };
    return this.call.bytes(path`/agent/pprof/${name}`, options, { query });
  }

  /** GET /agent/keyring/list. The gossip keys that the servers know. */
  gossipKeys(options?: ReadOptions): Query<Nomad.KeyringResponse> {
    return this.call.get("/agent/keyring/list", "object", options);
  }

  /** PUT /agent/keyring/install */
  installGossipKey(key: string, options?: CallOptions): Promise<Nomad.KeyringResponse> {
    return this.call.send("PUT", "/agent/keyring/install", options, { body: { Key: key } });
  }

  /** PUT /agent/keyring/use */
  useGossipKey(key: string, options?: CallOptions): Promise<Nomad.KeyringResponse> {
    return this.call.send("PUT", "/agent/keyring/use", options, { body: { Key: key } });
  }

  /** PUT /agent/keyring/remove */
  removeGossipKey(key: string, options?: CallOptions): Promise<Nomad.KeyringResponse> {
    return this.call.send("PUT", "/agent/keyring/remove", options, { body: { Key: key } });
  }
}
