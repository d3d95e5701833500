import type { JsonObject } from "./json.js";

/**
 * The parts of Nomad's job API that we write, in Nomad's own field names.
 *
 * Durations are nanoseconds, as Nomad's JSON wants them.
 * Source: https://developer.hashicorp.com/nomad/api-docs/json-jobs
 */
export interface Job {
  readonly ID: string;
  readonly Name: string;
  readonly Type: "batch";
  readonly Namespace: string;
  readonly Region?: string;
  readonly Datacenters?: readonly string[];
  readonly NodePool?: string;
  readonly Priority?: number;
  readonly Constraints?: readonly Constraint[];
  readonly Affinities?: readonly JsonObject[];
  readonly Spreads?: readonly JsonObject[];
  readonly Meta?: Readonly<Record<string, string>>;
  readonly TaskGroups: readonly [TaskGroup];
}

/** Tasks that run together on one node. Source: https://developer.hashicorp.com/nomad/docs/job-specification/group */
export interface TaskGroup {
  readonly Name: string;
  readonly Count: 1;
  readonly RestartPolicy: RestartPolicy;
  readonly ReschedulePolicy: ReschedulePolicy;
  readonly Disconnect?: Disconnect;
  readonly PreventRescheduleOnLost?: boolean;
  readonly EphemeralDisk?: { readonly SizeMB: number; readonly Migrate?: boolean; readonly Sticky?: boolean };
  readonly Volumes?: Readonly<Record<string, VolumeRequest>>;
  readonly Networks?: readonly JsonObject[];
  readonly Services?: readonly JsonObject[];
  readonly Consul?: JsonObject;
  /** Nanoseconds; Nomad 2.0 and newer. */
  readonly MaxRunDuration?: number;
  /** The first task is the main one: its end is the job's outcome. */
  readonly Tasks: readonly [Task, ...Task[]];
}

/** What becomes of tasks on a node that does not answer; durations in nanoseconds. Source: https://developer.hashicorp.com/nomad/docs/job-specification/disconnect */
export interface Disconnect {
  readonly Replace: boolean;
  readonly LostAfter?: number;
  readonly StopOnClientAfter?: number;
  readonly Reconcile?: string;
}

/** Nomad's own restarts on the same node; durations in nanoseconds. Source: https://developer.hashicorp.com/nomad/docs/job-specification/restart */
export interface RestartPolicy {
  readonly Attempts: number;
  readonly Interval?: number;
  readonly Delay?: number;
  readonly Mode: "fail" | "delay";
  readonly RenderTemplates?: boolean;
}

/** Nomad's own placing anew; durations in nanoseconds. Source: https://developer.hashicorp.com/nomad/docs/job-specification/reschedule */
export interface ReschedulePolicy {
  readonly Attempts: number;
  readonly Unlimited: boolean;
  readonly Interval?: number;
  readonly Delay?: number;
  readonly DelayFunction?: string;
  readonly MaxDelay?: number;
}

/** A volume of the group. Source: https://developer.hashicorp.com/nomad/docs/job-specification/volume */
export interface VolumeRequest {
  readonly Name: string;
  readonly Type: "host" | "csi";
  readonly Source: string;
  readonly ReadOnly?: boolean;
  readonly AccessMode?: string;
  readonly AttachmentMode?: string;
  readonly MountOptions?: JsonObject;
  readonly PerAlloc?: boolean;
  readonly Sticky?: boolean;
}

/** One task of the group; durations in nanoseconds. Source: https://developer.hashicorp.com/nomad/docs/job-specification/task */
export interface Task {
  readonly Name: string;
  readonly Driver: string;
  readonly User?: string;
  /** Opaque to Nomad's servers; checked by the driver on the node only, as an HCL template. */
  readonly Config: Readonly<Record<string, unknown>>;
  readonly Env?: Readonly<Record<string, string>>;
  readonly Meta?: Readonly<Record<string, string>>;
  readonly Resources: Resources;
  readonly Templates?: readonly Template[];
  readonly VolumeMounts?: readonly VolumeMount[];
  readonly Constraints?: readonly Constraint[];
  readonly LogConfig?: { readonly MaxFiles: number; readonly MaxFileSizeMB: number };
  readonly KillTimeout?: number;
  readonly KillSignal?: string;
  readonly Leader?: boolean;
  readonly Lifecycle?: { readonly Hook: "prestart" | "poststart" | "poststop"; readonly Sidecar: boolean };
  readonly Artifacts?: readonly JsonObject[];
  readonly Vault?: JsonObject;
  readonly Consul?: JsonObject;
  readonly Identity?: JsonObject;
  readonly Identities?: readonly JsonObject[];
  readonly RestartPolicy?: RestartPolicy;
}

/** What a task gets: MHz or cores, MB, devices. Source: https://developer.hashicorp.com/nomad/docs/job-specification/resources */
export interface Resources {
  readonly CPU?: number;
  readonly Cores?: number;
  readonly MemoryMB: number;
  readonly MemoryMaxMB?: number;
  readonly Devices?: readonly RequestedDevice[];
}

/** Devices of one kind. Source: https://developer.hashicorp.com/nomad/docs/job-specification/device */
export interface RequestedDevice {
  readonly Name: string;
  readonly Count: number;
  readonly Constraints?: readonly Constraint[];
  readonly Affinities?: readonly Affinity[];
}

/** A preference. Source: https://developer.hashicorp.com/nomad/docs/job-specification/affinity */
export interface Affinity extends Constraint {
  /** -100 to 100, not 0. */
  readonly Weight: number;
}

/** A condition on nodes. Source: https://developer.hashicorp.com/nomad/docs/job-specification/constraint */
export interface Constraint {
  readonly LTarget?: string;
  readonly RTarget?: string;
  readonly Operand: string;
}

/** A file that the node writes; durations in nanoseconds. Source: https://developer.hashicorp.com/nomad/docs/job-specification/template */
export interface Template {
  readonly EmbeddedTmpl?: string;
  readonly SourcePath?: string;
  readonly DestPath: string;
  readonly ChangeMode: "noop" | "restart" | "signal" | "script";
  readonly ChangeSignal?: string;
  readonly ChangeScript?: JsonObject;
  readonly Envvars?: boolean;
  readonly LeftDelim?: string;
  readonly RightDelim?: string;
  readonly Perms?: string;
  readonly Uid?: number;
  readonly Gid?: number;
  readonly Splay?: number;
  readonly Wait?: JsonObject;
  readonly Once?: boolean;
  readonly ErrMissingKey?: boolean;
}

/** Where a task sees a volume of its group. Source: https://developer.hashicorp.com/nomad/docs/job-specification/volume_mount */
export interface VolumeMount {
  readonly Volume: string;
  readonly Destination: string;
  readonly ReadOnly?: boolean;
  readonly PropagationMode?: string;
}
