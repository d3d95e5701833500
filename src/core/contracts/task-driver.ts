import type { TaskEvent } from "../model/allocation.js";
import type { JsonObject } from "../model/json.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { OutcomeKind } from "../model/outcome.js";
import type { Site } from "../model/site.js";

/**
 * Turns a launch request into the part of a Nomad task that only this driver knows.
 *
 * One file per driver; its name is Nomad's name for the driver. Everything here is pure: no I/O, no clock.
 */
export interface TaskDriver {
  /** Nomad's name of the driver, e.g. `docker`. */
  readonly name: string;
  /** What it can do; read before anything is submitted. */
  readonly capabilities: DriverCapabilities;
  /**
   * Composes the driver's `Config` block from the request.
   *
   * Strings are taken literally: the pipeline escapes what Nomad would interpolate (docs/decisions/0004-literal-strings.md).
   * @throws LauncherError `NOMAD_E_REQUEST_*` when the request lacks what the driver needs.
   */
  toConfig(request: LaunchRequest, site: Site): DriverConfig;
  /** Reads this driver's own failures out of the task's events; undefined where it knows no better than the core. */
  explain?(events: readonly TaskEvent[], request: LaunchRequest): DriverDiagnosis | undefined;
}

/** What the driver can do, as data, so that the pipeline decides before anything is submitted. */
export interface DriverCapabilities {
  /** Whether tasks run in an image: `required`, `optional`, or `none`. */
  readonly image: "required" | "optional" | "none";
  /** Whether the task sees the node's own file system (`host`) or needs volumes to see shared paths (`isolated`). */
  readonly filesystem: "host" | "isolated";
  /** Whether the driver's own `Config` can bind a path of the node into the task (docker's `volumes`). Default false. */
  readonly hostPaths?: boolean;
  /** Whether Nomad devices (GPUs) reach the task. */
  readonly devices: boolean;
  /** Whether `User` on the task is a user name of the node (so that files on shared storage get the submitter's owner). */
  readonly nodeUsers: boolean;
  /** Whether its `Config` names the group's ports to publish (docker's `ports`). Default false. */
  readonly publishesPorts?: boolean;
  /**
   * Whether `User` is a user of the container, root included, by name or as `uid:gid` (docker). Tasks on shared storage
   * then start as root and go on as the submitter. Default false.
   */
  readonly containerUsers?: boolean;
  /** Whether output may reach Nomad's logs after the task has ended. Default true: looked for a little longer. */
  readonly lateLogs?: boolean;
}

/** A driver's `Config` block: literal values by key, and those Nomad is to interpolate. */
export interface DriverConfig {
  /** Values passed byte for byte. */
  readonly literal: JsonObject;
  /** Values left for Nomad to interpolate (`${NOMAD_…}`, `${attr.…}`): the user's own `driver_config`. */
  readonly interpolated?: JsonObject;
}

/** A driver's reading of a failure. */
export interface DriverDiagnosis {
  /** Usually `driver-failed` or `image-pull`. */
  readonly kind: OutcomeKind;
  /** One sentence: what happened to what. */
  readonly sentence: string;
  /** What the user can do. */
  readonly advice: string;
  /** Whether another try can end differently. */
  readonly retriable: boolean;
}
