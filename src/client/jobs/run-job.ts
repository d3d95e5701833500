import type { NomadClient } from "../create-client.js";
import type { JobInput, RegisterOptions } from "../families/jobs.js";
import type { CallOptions } from "../options.js";
import { followJob, type FollowOptions, type JobEnd } from "./follow-job.js";

export interface RunOptions extends FollowOptions {
  /** Register only where the job has this `JobModifyIndex` (a plan's `index`); 0: only where there is none. */
  readonly checkIndex?: number | undefined;
  /** Return when Nomad has taken the job. Default false: it is followed. */
  readonly detach?: boolean | undefined;
  readonly preserveCounts?: boolean | undefined;
  readonly submission?: RegisterOptions["submission"];
}

/**
 * Registers a job and follows it: a batch job to its end, a service to the end of its deployment.
 * @throws LauncherError `NOMAD_E_API_REFUSED` for a job that is not valid, or whose index has moved on.
 */
export async function runJob(nomad: NomadClient, job: JobInput, options: RunOptions = {}): Promise<JobEnd> {
  const { checkIndex, detach = false, preserveCounts, submission, onNews = () => undefined } = options;
  const place = {
    signal: options.signal,
    region: options.region ?? textOf(job.Region),
    namespace: namespaceOf(job, options),
  };
  const registering = { ...place, preserveCounts, submission, enforceIndex: checkIndex };
  const { EvalID, Warnings, JobModifyIndex } = await nomad.jobs.register(job, registering);
  if (Warnings !== "") onNews(`Warnings: ${Warnings.trim()}`);
  onNews(
    `Job ${job.ID} registered, index ${String(JobModifyIndex)}${EvalID === "" ? "" : `, evaluation ${EvalID.slice(0, 8)}`}`,
  );
  if (detach) return { code: 0, reason: "registered" };
  return followJob(nomad, job.ID, EvalID, { ...options, ...place });
}

/** Where a job goes: what is asked for, else what it says itself. */
export const namespaceOf = ({ Namespace }: JobInput, { namespace }: CallOptions): string | undefined =>
  namespace ?? textOf(Namespace);

/** Nomad fills in `global` for jobs that name no region; that is not a region to go to. */
const textOf = (value: string | null | undefined) =>
  value === "" || value === null || value === "global" ? undefined : value;
