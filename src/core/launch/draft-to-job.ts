import type { FeatureContext, LaunchFeature } from "../contracts/feature.js";
import { nearest } from "../errors/nearest.js";
import { refuse } from "../errors/refuse.js";
import { deepFreeze } from "../model/frozen.js";
import type { Job } from "../model/job.js";
import { driverPartOf } from "./driver-part.js";
import type { Draft } from "./request-to-draft.js";

/** Second stage: each feature contributes in its declared order; the result is frozen. Pure: golden files test it. */
export function draftToJob(draft: Draft, features: readonly LaunchFeature[]): Job {
  const { request, site, driver } = draft;
  const context: FeatureContext = { request, site, capabilities: driver.capabilities, driverPart: driverPartOf(draft) };
  checkBlocks(draft, features);
  const job = features.reduce((current, feature) => feature.contribute(deepFreeze(current), context), draft.job);
  return deepFreeze(job);
}

function checkBlocks({ request }: Draft, features: readonly LaunchFeature[]): void {
  const known = features.flatMap(({ blocks }) => blocks ?? []);
  const unknown = Object.keys(request.blocks ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const like = nearest(unknown, known);
  const cure = like === undefined ? `There are ${known.join(", ")}.` : `Did you mean ${like}?`;
  throw refuse(unknown, "no feature of this site knows it", cure);
}
