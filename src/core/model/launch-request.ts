import type { JsonObject } from "./json.js";

/**
 * What a client asks for: one task to run once as one Nomad batch job.
 *
 * A field left out takes the site's default, then the built-in one (docs/configuration.md).
 */
export interface LaunchRequest {
  /** Nomad job ID: unique for one attempt, so that registering it twice is harmless. */
  readonly jobId: string;
  /** Human name of the job; not unique. Default: the job ID. */
  readonly jobName?: string;
  /** Site to run on. Default: the configuration's `defaultSite`. */
  readonly site?: string;
  /** The process to run and its arguments, each passed byte for byte. */
  readonly argv: readonly string[];
  /** Nomad task driver (`docker`, `exec`, `raw_exec`, …). */
  readonly driver?: string;
  /** The driver's own configuration, in Nomad's names; wins over what the driver derives. */
  readonly driverConfig?: JsonObject;
  /** Container image, for drivers that take one. */
  readonly image?: string;
  readonly resources: ResourceAsk;
  readonly placement: PlacementAsk;
  /** Environment of the task, each value passed byte for byte. */
  readonly env: Readonly<Record<string, string>>;
  /** Environment whose values must not be readable in the job: kept in a Nomad variable while the job lives. */
  readonly secretEnv: Readonly<Record<string, string>>;
  /** Environment taken from Nomad at run time: values such as `${node.unique.name}` are left for Nomad to fill in. */
  readonly nomadEnv: Readonly<Record<string, string>>;
  /** Job meta. Never secrets: whoever may read jobs reads it. */
  readonly meta: Readonly<Record<string, string>>;
  /** Time limit in seconds, counted from the task's start. */
  readonly timeoutSeconds?: number;
  /** Unix user to run as; Nomad's own default when left out. */
  readonly user?: string;
  /** What the command's own exit codes mean, where it has some: code -> what to tell the user. */
  readonly exitMeanings?: Readonly<Record<string, ExitMeaning>>;
  /**
   * Further parts of Nomad's job specification, by name (`volumes`, `network`, `services`…), as the user wrote them: with
   * HCL's names or Nomad's JSON names. Each is read and checked by the feature that knows it; one that no feature knows
   * is refused.
   */
  readonly blocks?: JsonObject;
  /** Environment by reference: variable -> `env:NAME`, `file:/path`, `nomad:path#key` or `vault:path#key`. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The task's place among those that start together. */
  readonly gang?: GangPlace;
  /** Absolute path that must be visible to the task at the same place, from the site's `shared`. */
  readonly sharedPath?: string;
  /** Whether the task can use the site's `packageCache`: it then finds the folder in METAFLOW_NOMAD_PACKAGE_CACHE. */
  readonly packageCache?: boolean;
}

/** One node of a gang: tasks that start together, each a job of its own (docs/decisions/0010-gangs.md). */
export interface GangPlace {
  /** Name under which the nodes find each other; the same for all of them, and for no other gang. */
  readonly name: string;
  /** From 0; 0 is the node the others turn to. */
  readonly index: number;
  /** Number of nodes. */
  readonly size: number;
}

/** What one exit code of a command says. */
export interface ExitMeaning {
  /** `{node}` in it becomes the name of the node. */
  readonly sentence: string;
  readonly advice: string;
  readonly retriable: boolean;
  /** What the command prints before it exits so: without that, the code is taken for one of what the command has started. */
  readonly sign?: string;
}

/** Resources of one task. */
export interface ResourceAsk {
  /** CPU share in MHz. Excludes `cores`. */
  readonly cpu?: number;
  /** Whole reserved cores. Excludes `cpu`. */
  readonly cores?: number;
  /** Memory reservation in MB. */
  readonly memory?: number;
  /** Memory ceiling in MB, where the cluster allows oversubscription. */
  readonly memoryMax?: number;
  /** Ephemeral disk in MB. */
  readonly disk?: number;
  /** Devices, e.g. one GPU. */
  readonly gpu?: DeviceAsk;
}

/** A request for devices. */
export interface DeviceAsk {
  /** How many; at least 1. */
  readonly count: number;
  /** Device ID as Nomad writes it (`nvidia/gpu`, `nvidia/gpu/Tesla T4`). Default: the site's `gpu.device`. */
  readonly device?: string;
  /** Constraints on the device's own attributes, e.g. `${device.attr.memory} >= 8 GiB`. */
  readonly constraints?: readonly ConstraintAsk[];
  /** Which of the devices that would do are preferred. */
  readonly affinities?: readonly AffinityAsk[];
}

/** One preference, in Nomad's JSON terms. */
export interface AffinityAsk extends ConstraintAsk {
  /** -100 to 100, not 0: below 0, what to avoid. */
  readonly Weight: number;
}

/** Where a task may run. */
export interface PlacementAsk {
  readonly region?: string;
  readonly namespace?: string;
  readonly datacenters?: readonly string[];
  readonly nodePool?: string;
  /** Job priority, 1 to 100 (Nomad's default is 50). */
  readonly priority?: number;
  readonly constraints?: readonly ConstraintAsk[];
}

/** One Nomad constraint, in Nomad's JSON terms. */
export interface ConstraintAsk {
  /** Left-hand side, e.g. `${attr.kernel.name}`. */
  readonly LTarget?: string;
  /** Right-hand side. */
  readonly RTarget?: string;
  /** `=`, `!=`, `>`, `>=`, `<`, `<=`, `regexp`, `set_contains`, `version`, `semver`, `is_set`, `distinct_hosts`… */
  readonly Operand: string;
}
