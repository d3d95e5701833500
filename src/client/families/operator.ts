import type { CallOptions, ReadOptions } from "../options.js";
import type { Query, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";
import { OperatorData } from "./operator-data.js";

/** A server, by its raft ID or its address. */
export type RaftPeer = { readonly id: string } | { readonly address: string };

/** Only when the configuration has this `ModifyIndex`; the reply then says whether it was set. */
export interface ConfigurationOptions extends CallOptions {
  readonly cas?: number | undefined;
}

/** Raft, autopilot and scheduler. Source: https://developer.hashicorp.com/nomad/api-docs/operator */
export class Operator extends OperatorData {
  /** GET /operator/raft/configuration. The servers and who of them votes and leads. */
  raftConfiguration(options?: ReadOptions): Query<Nomad.RaftConfiguration> {
    return this.call.get("/operator/raft/configuration", "object", options);
  }

  /** DELETE /operator/raft/peer. Takes a server that is gone for good out of the raft. */
  removeRaftPeer(peer: RaftPeer, options?: CallOptions): Promise<void> {
    return this.call.tell("DELETE", "/operator/raft/peer", options, { query: { ...peer } });
  }

  /** PUT /operator/raft/transfer-leadership. Makes another server lead. */
  transferLeadership(peer: RaftPeer, options?: CallOptions): Promise<void> {
    return this.call.tell("PUT", "/operator/raft/transfer-leadership", options, { query: { ...peer } });
  }

  /** GET /operator/autopilot/configuration */
  autopilotConfiguration(options?: ReadOptions): WatchableQuery<Nomad.AutopilotConfiguration> {
    return this.call.read("/operator/autopilot/configuration", options);
  }

  /** PUT /operator/autopilot/configuration. @returns whether it was set: with `cas` it may not be. */
  async setAutopilotConfiguration(
    configuration: Input<Nomad.AutopilotConfiguration>,
    options: ConfigurationOptions = {},
  ): Promise<boolean> {
    const sending = { body: configuration, query: { cas: options.cas } };
    return (await this.call.ask("PUT", "/operator/autopilot/configuration", options, sending)) !== false;
  }

  /** GET /operator/autopilot/health. An unhealthy cluster is in the reply, not an error, since Nomad 1.8. */
  autopilotHealth(options?: ReadOptions): Query<Nomad.OperatorHealthReply> {
    return this.call.get("/operator/autopilot/health", "object", options);
  }

  /** GET /operator/scheduler/configuration */
  schedulerConfiguration(options?: ReadOptions): WatchableQuery<Nomad.SchedulerConfigurationResponse> {
    return this.call.read("/operator/scheduler/configuration", options);
  }

  /** PUT /operator/scheduler/configuration. All of it: what is left out is off. */
  setSchedulerConfiguration(
    configuration: Input<Nomad.SchedulerConfiguration>,
    options: ConfigurationOptions = {},
  ): Promise<Nomad.SchedulerSetConfigurationResponse> {
    const sending = { body: configuration, query: { cas: options.cas } };
    return this.call.send("PUT", "/operator/scheduler/configuration", options, sending);
  }

  /** GET /operator/upgrade-check/vault-workload-identity. What still uses Vault tokens of the old kind. */
  vaultUpgradeCheck(options?: ReadOptions): Query<Nomad.VaultWorkloadIdentityUpgradeCheck> {
    return this.call.get("/operator/upgrade-check/vault-workload-identity", "object", options);
  }
}
