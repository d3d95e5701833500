import type { Job } from "../model/job.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Site } from "../model/site.js";
import type { DriverCapabilities } from "./task-driver.js";

/** One concern that contributes to a job: constraints, volumes, environment… Pure. */
export interface LaunchFeature {
  readonly name: string;
  /** Names of features that must have contributed before. */
  readonly after?: readonly string[];
  /** Names in the request's `blocks` that this feature reads. One that no feature reads is refused. */
  readonly blocks?: readonly string[];
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
  readonly request: LaunchRequest;
  readonly site: Site;
  readonly capabilities: DriverCapabilities;
}
