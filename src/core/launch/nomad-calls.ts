import type { ApiCall, NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { Job } from "../model/job.js";

/** Where a job lives: its ID alone names nothing. */
export interface JobAddress {
  readonly jobId: string;
  readonly namespace: string;
  readonly region?: string | undefined;
}

const jobPath = ({ jobId }: JobAddress) => `/job/${encodeURIComponent(jobId)}`;
const where = ({ namespace, region }: Omit<JobAddress, "jobId">) => ({ namespace, region });

/** Reads one field of an unchecked reply as text; empty where there is none. */
export function textField(body: unknown, field: string): string {
  if (typeof body !== "object" || body === null) return "";
  const value = (body as Record<string, unknown>)[field];
  return typeof value === "string" ? value : "";
}

/** The job of an address, for messages and calls. */
export const addressOf = (job: Job): JobAddress => ({ jobId: job.ID, namespace: job.Namespace, region: job.Region });

/**
 * Registers a job that must not exist yet; harmless to repeat.
 *
 * Source: https://developer.hashicorp.com/nomad/api-docs/jobs#create-job
 */
export async function registerJob(transport: NomadTransport, job: Job, signal: AbortSignal) {
  const body = { Job: job, EnforceIndex: true, JobModifyIndex: 0 };
  const call: ApiCall = {
    method: "PUT",
    path: "/jobs",
    query: where({ namespace: job.Namespace, region: job.Region }),
    body,
  };
  const reply = (await transport.request(call, signal)).body;
  return { evaluationId: textField(reply, "EvalID"), warnings: textField(reply, "Warnings") };
}

/** The job as Nomad has it; undefined when it has none of that ID. */
export async function readJob(transport: NomadTransport, address: JobAddress, signal: AbortSignal): Promise<unknown> {
  const call: ApiCall = { method: "GET", path: jobPath(address), query: where(address) };
  return unlessMissing(transport.request(call, signal).then((reply) => reply.body));
}

/** ID of the job's newest evaluation; empty when it has none. */
export async function newestEvaluation(
  transport: NomadTransport,
  address: JobAddress,
  signal: AbortSignal,
): Promise<string> {
  const call: ApiCall = { method: "GET", path: `${jobPath(address)}/evaluations`, query: where(address) };
  const { body } = await transport.request(call, signal);
  const evaluations: unknown[] = Array.isArray(body) ? body : [];
  const age = (evaluation: unknown) => Number((evaluation as { CreateIndex?: unknown } | null)?.CreateIndex) || 0;
  return textField(evaluations.sort((a, b) => age(b) - age(a))[0], "ID");
}

/** Stops a job without purging it: its history stays readable. Returns as soon as Nomad has accepted the stop. */
export async function stopJob(
  transport: NomadTransport,
  address: JobAddress,
  signal: AbortSignal,
  purge = false,
): Promise<void> {
  const call: ApiCall = {
    method: "DELETE",
    path: jobPath(address),
    query: { ...where(address), purge: purge || undefined },
  };
  await unlessMissing(transport.request(call, signal));
}

/** Dry run of a job: checks token, namespace, region and shape, and leaves nothing behind. */
export async function planJob(transport: NomadTransport, job: Job, signal: AbortSignal): Promise<unknown> {
  const query = where({ namespace: job.Namespace, region: job.Region });
  const call: ApiCall = {
    method: "PUT",
    path: `/job/${encodeURIComponent(job.ID)}/plan`,
    query,
    body: { Job: job, Diff: false },
  };
  return (await transport.request(call, signal)).body;
}

async function unlessMissing<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_NOT_FOUND") return undefined;
    throw error;
  }
}
