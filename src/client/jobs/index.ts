/** What operators do with jobs, each in one call over the client. */
export { autoscale, type AutoscaleOptions, type ScaleLook } from "./autoscale.js";
export {
  group,
  hostVolume,
  httpCheck,
  job,
  nanoseconds,
  parameterized,
  periodic,
  ports,
  prestart,
  service,
  task,
  type TaskSize,
  template,
  update,
} from "./build-job.js";
export { consul, csiVolume, device, poststart, poststop, scaling, tcpCheck, vault, volumeMount } from "./build-task.js";
export { clusterStatus, type ClusterStatus } from "./cluster-status.js";
export { describeDiff } from "./describe-diff.js";
export { describeFailures } from "./describe-failures.js";
export { type Dispatched, dispatchJob, type DispatchOptions, payloadLimit } from "./dispatch-job.js";
export { canariesHealthy, describeDeployment, followDeployment, waitsForPromotion } from "./follow-deployment.js";
export { followJob, type FollowOptions, type JobEnd } from "./follow-job.js";
export { formatOf, type JobFormat, readJob, type ReadJob } from "./job-file.js";
export { type GivenVariables, variablesText } from "./job-variables.js";
export { type JobPlan, planJob } from "./plan-job.js";
export { activeDeployment, promoteJob, type PromoteOptions } from "./promote-job.js";
export { type OnFailure, regionJob, type RegionPlan, regionsOf } from "./region-job.js";
export { promoteRegions, type RegionEnd, rollOut, type RolloutEnd } from "./roll-out.js";
export { runJob, type RunOptions } from "./run-job.js";
export { desiredCount, type ScaleLimits } from "./scale-rule.js";
export { scaleJob, type ScaleOptions } from "./scale-job.js";
export { failJob, type HistoryEntry, jobHistory, revertJob, type RevertOptions } from "./versions.js";
