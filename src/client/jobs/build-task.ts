import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

type Task = Input<Nomad.Task>;

/** Runs a task beside the others once they have started; `sidecar`: for as long as they run. */
export function poststart(beside: Task, { sidecar = false } = {}): Task {
  return { ...beside, Lifecycle: { Hook: "poststart", Sidecar: sidecar } };
}

/** Runs a task when the others of its group have ended. */
export function poststop(after: Task): Task {
  return { ...after, Lifecycle: { Hook: "poststop", Sidecar: false } };
}

/** A volume of the group, in a task. */
export function volumeMount(
  volume: string,
  destination: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Input<Nomad.VolumeMount> {
  return { Volume: volume, Destination: destination, ReadOnly: readOnly };
}

/** A CSI volume, as `Volumes` of a group takes it. Defaults: one node writes, a file system. */
export function csiVolume(
  name: string,
  {
    source = name,
    accessMode = "single-node-writer",
    attachmentMode = "file-system",
    perAlloc = false,
    readOnly = false,
  }: {
    readonly source?: string;
    readonly accessMode?: string;
    readonly attachmentMode?: string;
    /** A volume for each allocation: `source[0]`, `source[1]` … */
    readonly perAlloc?: boolean;
    readonly readOnly?: boolean;
  } = {},
): Readonly<Record<string, Input<Nomad.VolumeRequest>>> {
  const modes = { AccessMode: accessMode, AttachmentMode: attachmentMode, PerAlloc: perAlloc, ReadOnly: readOnly };
  return { [name]: { Name: name, Type: "csi", Source: source, ...modes } };
}

/** Between how many a group may be scaled: `Scaling` of a group. What scales it (`autoscale`) heeds that. */
export function scaling(min: number, max: number, { enabled = true } = {}): Input<Nomad.ScalingPolicy> {
  return { Min: min, Max: max, Enabled: enabled };
}

/** A token of Vault's for a task; with workload identities, the role to log in with. */
export function vault(fields: Input<Nomad.Vault> & { readonly role?: string } = {}): Input<Nomad.Vault> {
  const { role, ...rest } = fields;
  return { ...(role !== undefined && { Role: role }), ...rest };
}

/** A token of Consul's for a task or a group. */
export function consul(cluster = "default", fields: Input<Nomad.Consul> = {}): Input<Nomad.Consul> {
  return { Cluster: cluster, ...fields };
}

/** A device (`nvidia/gpu`, `vendor/type/model`), as `Devices` of a task's `Resources` takes it. */
export function device(
  name: string,
  count = 1,
  fields: Input<Nomad.RequestedDevice> = {},
): Input<Nomad.RequestedDevice> {
  return { Name: name, Count: count, ...fields };
}

/** A check of a service: a connection. Defaults: every 10 s, 3 s to answer. */
export function tcpCheck(fields: Input<Nomad.ServiceCheck> = {}): Input<Nomad.ServiceCheck> {
  return { Type: "tcp", Interval: 10e9, Timeout: 3e9, ...fields };
}
