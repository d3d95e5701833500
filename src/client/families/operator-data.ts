import { text } from "node:stream/consumers";
import type { Caller } from "../caller.js";
import type { CallOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, Query } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Snapshots, keys and metrics. Source: https://developer.hashicorp.com/nomad/api-docs/operator */
export class OperatorData {
  constructor(protected readonly call: Caller) {}

  /** GET /operator/snapshot. The whole state of the servers, as it comes: a gzipped tar with its own checksums. */
  snapshot(options?: CallOptions & { readonly stale?: boolean | undefined }): AsyncIterable<Uint8Array> {
    return this.call.bytes("/operator/snapshot", options, { query: { stale: options?.stale } });
  }

  /** PUT /operator/snapshot. Puts the servers back into a snapshot's state. */
  restoreSnapshot(snapshot: Uint8Array, options?: CallOptions): Promise<void> {
    return this.call.tell("PUT", "/operator/snapshot", options, { body: snapshot });
  }

  /** GET /operator/keyring/keys. The keys that encrypt variables and sign identities; never the keys themselves. */
  keys(options?: ReadOptions): ListQuery<Nomad.RootKeyMeta> {
    return this.call.list("/operator/keyring/keys", options);
  }

  /** POST /operator/keyring/rotate. `full`: also encrypts every variable anew. */
  async rotateKey(
    options: CallOptions & { readonly full?: boolean | undefined; readonly publishTime?: number | undefined } = {},
  ): Promise<Nomad.RootKeyMeta> {
    const query = { full: options.full === true ? true : undefined, publish_time: options.publishTime };
    const { Key } = await this.call.send<{ Key: Nomad.RootKeyMeta }>("POST", "/operator/keyring/rotate", options, {
      query,
    });
    return Key;
  }

  /** DELETE /operator/keyring/key/:id. `force`: also one that something is still encrypted with. */
  deleteKey(id: string, options: CallOptions & { readonly force?: boolean | undefined } = {}): Promise<void> {
    const query = { force: options.force ?? false };
    return this.call.tell("DELETE", path`/operator/keyring/key/${id}`, options, { query });
  }

  /** GET /metrics. What the agent that is asked has counted in its last interval. */
  metrics(options?: ReadOptions): Query<Nomad.MetricsSummary> {
    return this.call.get("/metrics", "object", options);
  }

  /** GET /metrics?format=prometheus. The same as Prometheus reads it, where the agent's `telemetry` says so. */
  prometheusMetrics(options?: CallOptions): Promise<string> {
    return text(this.call.bytes("/metrics", options, { query: { format: "prometheus" } }));
  }
}
