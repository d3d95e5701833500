import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, Query, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** What a CSI plugin needs to be let in. Sent as a header or in the body, never in an address. */
export type CsiSecrets = Readonly<Record<string, string>>;

/** CSI volumes, their snapshots and plugins. Source: https://developer.hashicorp.com/nomad/api-docs/volumes */
export class CsiVolumes {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /volumes?type=csi. `prefix` and pages work here. */
  list(
    options: ListOptions & { readonly pluginId?: string | undefined; readonly nodeId?: string | undefined } = {},
  ): ListQuery<Nomad.CSIVolumeListStub> {
    const query = { type: "csi", plugin_id: options.pluginId, node_id: options.nodeId };
    return this.#call.list("/volumes", options, { query });
  }

  /** GET /volumes/external. What the storage provider knows, page by page. */
  listExternal(pluginId: string, options?: ListOptions): Query<Nomad.CSIVolumeListExternalResponse> {
    return this.#call.get("/volumes/external", "object", options, { query: { plugin_id: pluginId } });
  }

  /** GET /volume/csi/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.CSIVolume> {
    return this.#call.read(path`/volume/csi/${id}`, options);
  }

  /** PUT /volume/csi/:id. One that is there already. */
  register(volume: Input<Nomad.CSIVolume> & { readonly ID: string }, options?: CallOptions): Promise<void> {
    return this.#call.tell("PUT", path`/volume/csi/${volume.ID}`, options, { body: { Volumes: [volume] } });
  }

  /** PUT /volume/csi/:id/create. The storage provider makes it. */
  create(
    volume: Input<Nomad.CSIVolume> & { readonly ID: string },
    options?: CallOptions,
  ): Promise<Nomad.CSIVolumeCreateResponse> {
    return this.#call.send("PUT", path`/volume/csi/${volume.ID}/create`, options, { body: { Volumes: [volume] } });
  }

  /** DELETE /volume/csi/:id. Forgets it; the storage stays. `force`: also while it is in use. */
  deregister(id: string, options: CallOptions & { readonly force?: boolean | undefined } = {}): Promise<void> {
    return this.#call.tell("DELETE", path`/volume/csi/${id}`, options, { query: { force: options.force ?? false } });
  }

  /** DELETE /volume/csi/:id/delete. The storage goes too. */
  delete(id: string, options: CallOptions & { readonly secrets?: CsiSecrets | undefined } = {}): Promise<void> {
    return this.#call.tell("DELETE", path`/volume/csi/${id}/delete`, options, headerOf(options.secrets));
  }

  /** DELETE /volume/csi/:id/detach */
  detach(id: string, nodeId: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/volume/csi/${id}/detach`, options, { query: { node: nodeId } });
  }

  /** POST /volumes/snapshot */
  createSnapshot(snapshot: Input<Nomad.CSISnapshot>, options?: CallOptions): Promise<Nomad.CSISnapshotCreateResponse> {
    return this.#call.send("POST", "/volumes/snapshot", options, { body: { Snapshots: [snapshot] } });
  }

  /** GET /volumes/snapshot */
  listSnapshots(
    pluginId: string,
    options: ListOptions & { readonly secrets?: CsiSecrets | undefined } = {},
  ): Query<Nomad.CSISnapshotListResponse> {
    const sending = { query: { plugin_id: pluginId }, ...headerOf(options.secrets) };
    return this.#call.get("/volumes/snapshot", "object", options, sending);
  }

  /** DELETE /volumes/snapshot */
  deleteSnapshot(
    pluginId: string,
    snapshotId: string,
    options: CallOptions & { readonly secrets?: CsiSecrets | undefined } = {},
  ): Promise<void> {
    const query = { plugin_id: pluginId, snapshot_id: snapshotId };
    return this.#call.tell("DELETE", "/volumes/snapshot", options, { query, ...headerOf(options.secrets) });
  }

  /** GET /plugins?type=csi */
  plugins(options?: ListOptions): ListQuery<Nomad.CSIPluginListStub> {
    return this.#call.list("/plugins", options, { query: { type: "csi" } });
  }

  /** GET /plugin/csi/:id */
  plugin(id: string, options?: ReadOptions): WatchableQuery<Nomad.CSIPlugin> {
    return this.#call.read(path`/plugin/csi/${id}`, options);
  }
}

/** Source: command/agent/csi_endpoint.go `parseCSISecrets` */
function headerOf(secrets: CsiSecrets = {}): { headers?: Readonly<Record<string, string>> } {
  const pairs = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? {} : { headers: { "x-nomad-csi-secrets": pairs.join(",") } };
}
