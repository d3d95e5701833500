import type { NomadClient } from "../create-client.js";
import type { JobInput } from "../families/jobs.js";
import { describeError } from "../../core/errors/launcher-error.js";
import type { CallOptions } from "../options.js";
import type { FollowOptions, JobEnd } from "./follow-job.js";
import { promoteJob, type PromoteOptions } from "./promote-job.js";
import { checkRegions, type OnFailure, regionJob, type RegionPlan } from "./region-job.js";
import { namespaceOf, runJob, type RunOptions } from "./run-job.js";
import { newestVersion, undoRegion } from "./undo-region.js";

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

interface Rollout<O> extends Pick<RegionPlan, "maxParallel" | "onFailure"> {
  readonly regions: readonly string[];
  readonly one: (region: string, options: O) => Promise<JobEnd>;
  /** The newest version that a region may go back to, given that of its job before the rollout comes to it. */
  readonly backTo: (version: number) => number;
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
  const rollout = { ...plan, regions: [...byName.keys()], one, backTo: (version: number) => version };
  return inRegions(nomad, job.ID, rollout, { ...options, namespace: namespaceOf(job, options) });
}

/**
 * Promotes the canaries of a job in region after region, at most `maxParallel` at a time, each followed to the end of its deployment (`watch`, by default).
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
  const one = (_region: string, own: PromoteOptions) => promoteJob(nomad, id, { ...own, watch: own.watch ?? true });
  // The version that is promoted is there already.
  const rollout = { regions, maxParallel, onFailure, one, backTo: (version: number) => version - 1 };
  return inRegions(nomad, id, rollout, options);
}

async function inRegions<O extends FollowOptions>(
  nomad: NomadClient,
  id: string,
  { regions, maxParallel, onFailure, one, backTo }: Rollout<O>,
  options: O,
): Promise<RolloutEnd> {
  await checkRegions(nomad, regions, options);
  const stop = new AbortController();
  const ends = new Map<string, RegionEnd>();
  const marks = new Map<string, number>();
  const marked = async (region: string, own: O) => {
    if (onFailure === "fail_all") marks.set(region, backTo(await newestVersion(nomad, id, own)));
    return one(region, own);
  };
  const waiting = [...regions];
  const lane = async (): Promise<void> => {
    for (let region = waiting.shift(); region !== undefined; region = waiting.shift()) {
      const end = await oneRegion(region, { ...options, region }, stop, marked);
      ends.set(region, end);
      if (end.state !== "failed") continue;
      if (onFailure !== "fail_local") waiting.length = 0;
      if (onFailure === "fail_all") stop.abort(new Error(`region ${region} failed`));
    }
  };
  const lanes = maxParallel > 0 ? Math.min(maxParallel, regions.length) : regions.length;
  await Promise.all(Array.from({ length: lanes }, lane));
  if (stop.signal.aborted) await undoAll(nomad, id, { ends, marks }, options);
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
  { ends, marks }: { readonly ends: Map<string, RegionEnd>; readonly marks: ReadonlyMap<string, number> },
  { signal, namespace, onNews }: FollowOptions,
): Promise<void> {
  for (const end of [...ends.values()].filter(({ state }) => state !== "failed")) {
    const place = { signal, namespace, region: end.region };
    const became = await undoRegion(nomad, id, marks.get(end.region), place).catch(
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
