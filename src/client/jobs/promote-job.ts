import type { Clock } from "../../core/contracts/clock.js";
import { refuse } from "../../core/errors/refuse.js";
import { systemClock } from "../../core/host/system-clock.js";
import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { canariesHealthy, describeDeployment, followDeployment } from "./follow-deployment.js";
import type { FollowOptions, JobEnd } from "./follow-job.js";

export interface PromoteOptions extends FollowOptions {
  readonly groups?: readonly string[] | undefined;
  /** Wait for healthy canaries, promote, and follow the deployment to its end. Default false: promote now. */
  readonly watch?: boolean | undefined;
  /** With `watch`: how long the canaries are to have been healthy without a break, in ms. Default 0. */
  readonly healthyForMs?: number | undefined;
  /** With `watch`: how long to wait for that, in ms. Default 300,000. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Pause between two looks at canaries, in ms. */
const lookMs = 500;

/**
 * Promotes the canaries of a job's deployment.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` where there is no deployment to promote; `NOMAD_E_API_REFUSED`, without
 * `watch`, for canaries that are not healthy.
 */
export async function promoteJob(nomad: NomadClient, id: string, options: PromoteOptions = {}): Promise<JobEnd> {
  const { groups, watch = false } = options;
  const place = { signal: options.signal, namespace: options.namespace, region: options.region };
  const { ID } = await activeDeployment(nomad, id, place);
  if (watch) {
    const problem = await untilHealthy(nomad, ID, options);
    if (problem !== undefined) return { code: 1, reason: problem };
  }
  await nomad.deployments.promote(ID, { ...place, groups });
  options.onNews?.(`Deployment ${ID.slice(0, 8)} promoted`);
  if (!watch) return { code: 0, reason: `deployment ${ID} was promoted` };
  return followDeployment(nomad, ID, options);
}

/**
 * The deployment of a job that has not ended.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export async function activeDeployment(nomad: NomadClient, id: string, place: CallOptions): Promise<Nomad.Deployment> {
  const latest = await nomad.jobs.latestDeployment(id, place);
  const over = latest === null || ["successful", "failed", "cancelled"].includes(latest.Status);
  if (!over) return latest;
  const problem = latest === null ? "it has none" : `its latest, ${latest.ID.slice(0, 8)}, is ${latest.Status}`;
  throw refuse("deployment", `job ${id}: ${problem}`, "Only a deployment under way can be promoted or failed.");
}

/** Why the canaries cannot be promoted; undefined once they can. */
async function untilHealthy(nomad: NomadClient, id: string, options: PromoteOptions): Promise<string | undefined> {
  const { healthyForMs = 0, timeoutMs = 300_000, clock = systemClock, onNews = () => undefined, ...place } = options;
  const signal = options.signal ?? new AbortController().signal;
  const begun = clock.now();
  let since: number | undefined;
  let told = "";
  for (;;) {
    const deployment = await nomad.deployments.read(id, place);
    const line = describeDeployment(deployment);
    if (line !== told) onNews((told = line));
    if (!["running", "paused", "pending", "initializing"].includes(deployment.Status))
      return `the deployment ${deployment.Status}: ${deployment.StatusDescription}`;
    since = canariesHealthy(deployment) ? (since ?? clock.now()) : undefined;
    if (since !== undefined && clock.now() - since >= healthyForMs) return undefined;
    if (clock.now() - begun >= timeoutMs) return `the canaries were not healthy in time (${line})`;
    await clock.sleep(lookMs, signal);
  }
}
