import { formatOf, readJob, type ReadJob } from "../../client/jobs/job-file.js";
import { planJob } from "../../client/jobs/plan-job.js";
import { regionJob, type RegionPlan, regionsOf } from "../../client/jobs/region-job.js";
import { rollOut } from "../../client/jobs/roll-out.js";
import type { JobInput } from "../../client/families/jobs.js";
import { runJob } from "../../client/jobs/run-job.js";
import type { JobEnd } from "../../client/jobs/follow-job.js";
import { describeError } from "../../core/errors/launcher-error.js";
import { say, warn } from "../say.js";
import { type AtSite, type PlaceOptions, withClients } from "../with-client.js";
import { type RegionOptions, regionsAsked } from "./region-options.js";
import { numberOf, pairsOf, readInput } from "./read-input.js";

export interface JobFileOptions extends PlaceOptions, RegionOptions {
  readonly var?: readonly string[];
  readonly varFile?: readonly string[];
  readonly json?: boolean;
}

/** `metaflow-nomad job plan FILE`: exit code 0 nothing to place or stop, 1 something, 255 an error. */
export async function jobPlanCommand(file: string, options: JobFileOptions): Promise<number> {
  try {
    return await withClients(options, async (at) => {
      const { job } = await readJobFile(file, options, at);
      const regions = planOf(job, options)?.regions;
      if (regions !== undefined) return await planRegions(regions, job, options, at);
      const plan = await planJob(at.nomad, job, placeOf(at, job.Namespace));
      if (options.json === true) process.stdout.write(`${JSON.stringify(plan.response)}\n`);
      else {
        for (const line of plan.lines) say(`${line}\n`);
        say(`To run exactly this: metaflow-nomad job run --check-index ${String(plan.index)} ${file}\n`);
      }
      return plan.changes ? 1 : 0;
    });
  } catch (error) {
    warn(`${describeError(error)}\n`);
    return 255;
  }
}

export interface JobRunOptions extends JobFileOptions {
  readonly checkIndex?: string;
  readonly detach?: boolean;
  readonly preserveCounts?: boolean;
}

/** `metaflow-nomad job run FILE`: registers a job on one or more sites and follows it. */
export function jobRunCommand(file: string, options: JobRunOptions): Promise<number> {
  const checkIndex = options.checkIndex === undefined ? undefined : numberOf("--check-index", options.checkIndex);
  const { detach, preserveCounts } = options;
  return withClients(options, async (at) => {
    const { job, submission } = await readJobFile(file, options, at);
    const place = placeOf(at, job.Namespace);
    const regions = planOf(job, options);
    if (regions !== undefined)
      return tell(
        await rollOut(at.nomad, job, regions, { ...place, checkIndex, detach, preserveCounts, submission, onNews }),
      );
    return tell(await runJob(at.nomad, job, { ...place, checkIndex, detach, preserveCounts, submission, onNews }));
  });
}

async function readJobFile(file: string, options: JobFileOptions, at: AtSite): Promise<ReadJob> {
  const text = (await readInput(file, "job file")).toString("utf8");
  const files = await Promise.all(
    (options.varFile ?? []).map(async (name) => (await readInput(name, "--var-file")).toString("utf8")),
  );
  const values = pairsOf("--var", options.var);
  return readJob(at.nomad, text, { signal: at.signal, format: formatOf(file), files, values });
}

/** The regions that the command line or the job's `multiregion` names; undefined where neither does. */
function planOf(job: JobInput, options: RegionOptions): RegionPlan | undefined {
  const asked = regionsAsked(options);
  return asked.regions === undefined && !job.Multiregion ? undefined : regionsOf(job, asked);
}

/** What running it would change, region by region. */
async function planRegions(
  regions: RegionPlan["regions"],
  job: JobInput,
  { json }: JobFileOptions,
  at: AtSite,
): Promise<number> {
  let code = 0;
  for (const region of regions) {
    const place = { ...placeOf(at, job.Namespace), region: region.Name };
    const plan = await planJob(at.nomad, regionJob(job, region), place);
    if (json === true) process.stdout.write(`${JSON.stringify(plan.response)}\n`);
    else for (const line of [`Region ${region.Name}, index ${String(plan.index)}`, ...plan.lines]) say(`${line}\n`);
    if (plan.changes) code = 1;
  }
  return code;
}

/** Where a call goes: the namespace named on the command line, else the job's own, else the site's. */
function placeOf({ signal, namespace }: AtSite, own: string | null | undefined) {
  const job = own === "" || own === null || own === "default" ? undefined : own;
  return { signal, namespace: namespace ?? job };
}

/** News of what is followed, as it comes. */
export const onNews = (line: string): void => say(`${line}\n`);

/** How it ended, and the exit code. */
export function tell({ code, reason }: JobEnd): number {
  say(`${code === 0 ? "Done" : "Failed"}: ${reason}.\n`);
  return code;
}
