import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** Dynamic host volumes, since Nomad 1.10. Source: https://developer.hashicorp.com/nomad/api-docs/volumes */
export class HostVolumes {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /volumes?type=host. `prefix`, `filter` and pages work here. */
  list(
    options: ListOptions & { readonly nodeId?: string | undefined; readonly nodePool?: string | undefined } = {},
  ): ListQuery<Nomad.HostVolumeStub> {
    const query = { type: "host", node_id: options.nodeId, node_pool: options.nodePool };
    return this.#call.list("/volumes", options, { query });
  }

  /** GET /volume/host/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.HostVolume> {
    return this.#call.read(path`/volume/host/${id}`, options);
  }

  /** POST /volume/host/create. Its plugin makes it on a node. */
  create(volume: Input<Nomad.HostVolume>, options?: CallOptions): Promise<Nomad.HostVolumeCreateResponse> {
    return this.#call.send("POST", "/volume/host/create", options, { body: { Volume: volume } });
  }

  /** POST /volume/host/register. One that is there already. */
  register(volume: Input<Nomad.HostVolume>, options?: CallOptions): Promise<Nomad.HostVolumeRegisterResponse> {
    return this.#call.send("POST", "/volume/host/register", options, { body: { Volume: volume } });
  }

  /** DELETE /volume/host/:id. `force`: also where its node is gone. */
  delete(id: string, options: CallOptions & { readonly force?: boolean | undefined } = {}): Promise<void> {
    return this.#call.tell("DELETE", path`/volume/host/${id}`, options, { query: { force: options.force } });
  }

  /** GET /volumes/claims. Sticky volumes that groups have claimed. */
  claims(
    options: ListOptions & {
      readonly jobId?: string | undefined;
      readonly group?: string | undefined;
      readonly volumeName?: string | undefined;
    } = {},
  ): ListQuery<Nomad.TaskGroupHostVolumeClaim> {
    const query = { job_id: options.jobId, task_group: options.group, volume_name: options.volumeName };
    return this.#call.list("/volumes/claims", options, { query });
  }

  /** DELETE /volumes/claim/:id */
  deleteClaim(id: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/volumes/claim/${id}`, options);
  }
}
