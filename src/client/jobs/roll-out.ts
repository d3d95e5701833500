import type { NomadClient } from "../create-client.js";
import type { JobInput } from "../families/jobs.js";
import { describeError } from "../../core/errors/launcher-error.js";
import type { CallOptions } from "../options.js";
import type { FollowOptions, JobEnd } from "./follow-job.js";
import { promoteJob, type PromoteOptions } from "./promote-job.js";
import { checkRegions, type OnFailure, regionJob, type RegionPlan } from "./region-job.js";
import { runJob, type RunOptions } from "./run-job.js";
import { undoRegion } from "./undo-region.js";

/** How it went in one region. */
export interface RegionEnd extends JobEnd {
  readonly region: string;
  /** `cancelled`: ended because another failed (`fail_all`); `skipped`: not begun for the same reason. */
  readonly state: "done" | "failed" | "cancelled" | "skipped";
}

/** How a rollout went: the code is that of the first region that failed. */
export interface RolloutEnd extends JobEnd {
  readonly regions: readonly RegionEnd[];
}

interface Rollout extends Pick<RegionPlan, "maxParallel" | "onFailure"> {
  readonly regions: readonly string[];
}

/**
 * Runs a job in federated regions, at most `maxParallel` at a time, each followed to its end: what Nomad's `multiregion` does, which only its
 * Enterprise version has. A deployment that waits with healthy canaries counts as its end: `promoteRegions` goes on from there.
 *
 * `checkIndex` counts in each region.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for a region that is not there, before anything is begun.
 */
export async function rollOut(
  nomad: NomadClient,
  job: JobInput,
  plan: RegionPlan,
  options: RunOptions = {},
): Promise<RolloutEnd> {
  const byName = new Map(plan.regions.map((region) => [region.Name, region]));
  const one = (region: string, own: RunOptions) =>
    runJob(nomad, regionJob(job, byName.get(region) ?? { Name: region }), own);
  return inRegions(nomad, job.ID, { ...plan, regions: [...byName.keys()] }, options, one);
}

/**
 * Promotes the canaries of a job in region after region, at most `maxParallel` at a time, each followed to the end of its deployment (`watch`).
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for a region that is not there, before anything is promoted.
 */
export async function promoteRegions(
  nomad: NomadClient,
  id: string,
  {
    regions,
    maxParallel = 1,
    onFailure = "",
  }: { readonly regions: readonly string[]; readonly maxParallel?: number; readonly onFailure?: OnFailure },
  options: PromoteOptions = {},
): Promise<RolloutEnd> {
  const one = (_region: string, own: PromoteOptions) => promoteJob(nomad, id, { watch: true, ...own });
  return inRegions(nomad, id, { regions, maxParallel, onFailure }, options, one);
}

async function inRegions<O extends FollowOptions>(
  nomad: NomadClient,
  id: string,
  { regions, maxParallel, onFailure }: Rollout,
  options: O,
  one: (region: string, options: O) => Promise<JobEnd>,
): Promise<RolloutEnd> {
  await checkRegions(nomad, regions, options);
  const stop = new AbortController();
  const ends = new Map<string, RegionEnd>();
  const waiting = [...regions];
  const lane = async (): Promise<void> => {
    for (let region = waiting.shift(); region !== undefined; region = waiting.shift()) {
      const end = await oneRegion(region, { ...options, region }, stop, one);
      ends.set(region, end);
      if (end.state !== "failed") continue;
      if (onFailure !== "fail_local") waiting.length = 0;
      if (onFailure === "fail_all") stop.abort(new Error(`region ${region} failed`));
    }
  };
  const lanes = maxParallel > 0 ? Math.min(maxParallel, regions.length) : regions.length;
  await Promise.all(Array.from({ length: lanes }, lane));
  if (stop.signal.aborted) await undoAll(nomad, id, ends, options);
  return summed(regions.map((region) => ends.get(region) ?? skipped(region)));
}

/** A region's own error is how it ended there; that the whole is to stop is not. */
async function oneRegion<O extends FollowOptions>(
  region: string,
  { onNews, ...options }: O & CallOptions,
  stop: AbortController,
  one: (region: string, options: O) => Promise<JobEnd>,
): Promise<RegionEnd> {
  const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const told = (line: string) => onNews?.(`${region}: ${line}`);
  try {
    const end = await one(region, { ...options, signal, onNews: told } as unknown as O);
    return { region, ...end, state: end.code === 0 ? "done" : "failed" };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (stop.signal.aborted) return { region, code: 1, reason: "another region failed", state: "cancelled" };
    return { region, code: 1, reason: describeError(error), state: "failed" };
  }
}

/** Where the others go with the one that failed. */
async function undoAll(
  nomad: NomadClient,
  id: string,
  ends: Map<string, RegionEnd>,
  { signal, namespace, onNews }: FollowOptions,
): Promise<void> {
  for (const end of [...ends.values()].filter(({ state }) => state !== "failed")) {
    const place = { signal, namespace, region: end.region };
    const became = await undoRegion(nomad, id, place).catch(
      (error: unknown) => `could not be undone: ${describeError(error)}`,
    );
    onNews?.(`${end.region}: ${became}`);
    ends.set(end.region, { ...end, code: 1, reason: `${end.reason}; ${became}`, state: "cancelled" });
  }
}

const skipped = (region: string): RegionEnd => ({
  region,
  code: 1,
  reason: "not begun: another region failed",
  state: "skipped",
});

function summed(regions: readonly RegionEnd[]): RolloutEnd {
  const code = regions.find(({ state }) => state === "failed")?.code ?? 0;
  return {
    code,
    reason: regions.map(({ region, state, reason }) => `${region} ${state} (${reason})`).join("; "),
    regions,
  };
}
