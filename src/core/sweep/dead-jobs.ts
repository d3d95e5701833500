import { uptime } from "node:os";
import type { Clock } from "../contracts/clock.js";
import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";
import { type JobAddress, stopJob } from "../launch/nomad-calls.js";
import { listJobs } from "../launch/our-jobs.js";
import { secretVariablePath } from "../model/secret-variable.js";
import { submitterMark } from "../model/submitter-mark.js";
import { isProvablyDead, readSubmitter, type Submitter, submitterOf } from "./submitter.js";

/** Where to look for jobs, and what with. */
export interface SweepParts {
  readonly transport: NomadTransport;
  readonly clock: Clock;
  /** Namespace to look in where the token may not look in all. */
  readonly namespace: string;
  readonly region?: string | undefined;
  /**
   * Also what was submitted before the machine was started anew. Only where a person asked: a copy of the machine with the
   * same name and ID (images are made so) may be alive, and its runs too. Default: false.
   */
  readonly earlierBoots?: boolean;
}

/** A job whose submitter is provably dead. */
export interface DeadJob extends JobAddress {
  readonly submitter: Submitter;
}

/**
 * Unfinished jobs of this machine and user whose runs have died without stopping them: the machine was switched off, or
 * everything of the run was killed at once. Empty where the system does not tell which processes live.
 */
export async function findDeadJobs(parts: SweepParts, signal: AbortSignal): Promise<DeadJob[]> {
  const here = await submitterOf();
  if (here === undefined) return [];
  const bootedAt = parts.clock.now() - uptime() * 1_000;
  const found: DeadJob[] = [];
  for (const { ID, Namespace = "default", SubmitTime = 0, Meta } of await listMarked(parts, here, signal)) {
    const submitter = readSubmitter(Meta?.[submitterMark]);
    if (submitter === undefined) continue;
    const when = parts.earlierBoots === true ? { submittedAt: SubmitTime / 1e6, bootedAt } : undefined;
    if (!(await isProvablyDead(submitter, here, when))) continue;
    found.push({ jobId: ID, namespace: Namespace, region: parts.region, submitter });
  }
  return found;
}

/** Stops a dead run's job, and deletes the variable with its secrets. */
export async function sweepJob(job: DeadJob, { transport }: SweepParts, signal: AbortSignal): Promise<void> {
  await stopJob(transport, job, signal);
  const path = secretVariablePath(job.jobId);
  if (path === undefined) return;
  const { namespace, region } = job;
  // Most jobs have none, and a token that may not write variables has left none behind.
  const call = { method: "DELETE", path: `/var/${path.split("/").map(encodeURIComponent).join("/")}` } as const;
  await transport.request({ ...call, query: { namespace, region } }, signal).catch(ignoreRefusal);
}

function listMarked({ transport, ...where }: SweepParts, here: Submitter, signal: AbortSignal) {
  const ours = `Meta.${submitterMark} contains ${JSON.stringify(`host=${here.host} `)}`;
  return listJobs(`Status != "dead" and ${ours}`, where, transport, signal);
}

const isForbidden = (error: unknown) => error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN";

function ignoreRefusal(error: unknown): void {
  const none = error instanceof LauncherError && error.code === "NOMAD_E_API_NOT_FOUND";
  if (!none && !isForbidden(error)) throw error;
}
