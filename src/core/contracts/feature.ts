import type { Job } from "../model/job.js";
import type { JsonObject } from "../model/json.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Site } from "../model/site.js";
import type { DriverCapabilities } from "./task-driver.js";

/** One concern that contributes to a job: constraints, volumes, environment… Pure. */
export interface LaunchFeature {
  /** Unique among the features; a site's `features` names it. */
  readonly name: string;
  /** Names of features that must have contributed before. */
  readonly after?: readonly string[];
  /** Names in the request's `blocks` that this feature reads. One that no feature reads is refused. */
  readonly blocks?: readonly string[];
  /** Contributes after all those that are not `last`, plugins' own included: it must see the finished job. */
  readonly last?: boolean;
  /** Applied also where the site lists the features it wants and leaves this one out. */
  readonly essential?: boolean;
  /**
   * Returns the job with this feature's part in it; the job itself when there is nothing to add.
   * @throws LauncherError `NOMAD_E_REQUEST_*` when the request asks for what cannot be.
   */
  contribute(job: Job, context: FeatureContext): Job;
}

/** What a feature may look at. */
export interface FeatureContext {
  /** What was asked, with the site's defaults in it. */
  readonly request: LaunchRequest;
  /** Where it will run. */
  readonly site: Site;
  /** What the main task's driver can do. */
  readonly capabilities: DriverCapabilities;
  /**
   * Lets a driver write its part of a task beside the main one, as it wrote the main one's: strings literal, the site's
   * own configuration of that driver in it.
   * @throws LauncherError `NOMAD_E_REQUEST_*`
   */
  readonly driverPart: (driver: string, ask: DriverAsk) => DriverPart;
}

/** A task beside the main one, as far as its driver is concerned. */
export interface DriverAsk {
  /** Left out: what the image or the driver's own configuration starts. */
  readonly argv?: readonly string[];
  /** Default: the main task's, then the site's. */
  readonly image?: string;
  /** The driver's own configuration, in Nomad's names; Nomad interpolates it. */
  readonly driverConfig?: JsonObject;
}

/** A driver's part of a task. */
export interface DriverPart {
  /** Nomad's name of the driver. */
  readonly Driver: string;
  /** The task's `Config`, ready for Nomad. */
  readonly Config: Readonly<Record<string, unknown>>;
  /** What that driver can do. */
  readonly capabilities: DriverCapabilities;
}
