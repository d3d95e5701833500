import type { LaunchFeature } from "../contracts/feature.js";
import type { Job } from "../model/job.js";
import type { Draft } from "./request-to-draft.js";

/** Second stage: each feature contributes in its declared order; the result is frozen. Pure: golden files test it. */
export function draftToJob(draft: Draft, features: readonly LaunchFeature[]): Job {
  const context = { request: draft.request, site: draft.site, capabilities: draft.driver.capabilities };
  const job = features.reduce((current, feature) => feature.contribute(current, context), draft.job);
  return deepFreeze(job);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
