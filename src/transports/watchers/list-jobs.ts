import type { ApiCall, NomadTransport } from "../../core/contracts/transport.js";
import type { Sighting, WatchScope } from "../../core/contracts/watcher.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import type { Allocation } from "../../core/model/allocation.js";
import type { Evaluation } from "../../core/model/evaluation.js";
import { readAllocation } from "../read-allocation.js";
import { readEvaluation } from "../read-evaluation.js";
import { type ReadList, readList } from "../read-fields.js";

/** Up to so many jobs are asked for one by one: cheap for the server, which finds them by an index. */
const fewJobs = 4;
/** Longest filter expression to send, in characters: proxies often refuse request lines above 8 KiB. */
const longestFilter = 3_000;

/** Where the jobs of a watch live. */
export type JobPlace = Pick<WatchScope, "namespace" | "region">;

/**
 * The complete state of some jobs: all their evaluations and allocations, the latter with task states.
 *
 * Evaluations are read before allocations, so that an evaluation seen complete is never shown without the allocations it made.
 * What cannot be read of one job is that job's trouble, and told as such.
 * @throws LauncherError of the transport, or `NOMAD_E_API_REPLY` when no reply can be read at all.
 */
export async function listJobs(
  transport: NomadTransport,
  place: JobPlace,
  jobIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Sighting> {
  const parts: Sighting[] = [];
  const failures: LauncherError[] = [];
  const plan = planCalls(place, [...jobIds]);
  for (const calls of plan) {
    const part = await listPart(transport, calls, signal).catch((error: unknown) => ofOneJob(error, calls));
    if (part.failure !== undefined) failures.push(part.failure);
    parts.push(part.sighting);
  }
  if (failures.length > 0 && failures.length === plan.length) throw failures[0] as LauncherError;
  return merge(parts, jobIds);
}

function merge(parts: readonly Sighting[], jobIds: ReadonlySet<string>): Sighting {
  const wanted = <T extends { readonly JobID: string }>(items: readonly T[]) =>
    items.filter(({ JobID }) => jobIds.has(JobID));
  const unreadable = new Map(parts.flatMap((part) => [...(part.unreadable ?? [])]).filter(([id]) => jobIds.has(id)));
  return {
    index: parts.length === 0 ? 0 : Math.min(...parts.map(({ index }) => index)),
    allocations: wanted(parts.flatMap(({ allocations }) => allocations)),
    evaluations: wanted(parts.flatMap(({ evaluations }) => evaluations)),
    complete: new Set([...jobIds].filter((id) => !unreadable.has(id))),
    ...(unreadable.size > 0 && { unreadable }),
  };
}

/** A reply to calls about one job that makes no sense says nothing about the others. */
function ofOneJob(error: unknown, { jobId }: CallPair): Part {
  if (jobId === undefined || !(error instanceof LauncherError) || error.code !== "NOMAD_E_API_REPLY") throw error;
  const nothing = { index: Number.POSITIVE_INFINITY, allocations: [], evaluations: [] };
  return { sighting: { ...nothing, unreadable: new Map([[jobId, error]]) }, failure: error };
}

interface Part {
  readonly sighting: Sighting;
  /** Why nothing of it could be read. */
  readonly failure?: LauncherError;
}

interface CallPair {
  /** The one job they are about. */
  readonly jobId?: string;
  readonly evaluations: ApiCall;
  readonly allocations: ApiCall;
}

/** One pair of calls per job for a few jobs, else as few filtered lists as the length of a URL allows. */
function planCalls({ namespace, region }: JobPlace, jobIds: readonly string[]): CallPair[] {
  const get = (path: string, query: ApiCall["query"]): ApiCall => ({
    method: "GET",
    path,
    query: { namespace, region, ...query },
  });
  if (jobIds.length <= fewJobs) {
    return jobIds.map((id) => ({
      jobId: id,
      evaluations: get(`/job/${encodeURIComponent(id)}/evaluations`, {}),
      allocations: get(`/job/${encodeURIComponent(id)}/allocations`, { all: true }),
    }));
  }
  return jobFilters(jobIds).map((filter) => ({
    evaluations: get("/evaluations", { filter }),
    allocations: get("/allocations", { filter, task_states: true }),
  }));
}

async function listPart(transport: NomadTransport, calls: CallPair, signal: AbortSignal): Promise<Part> {
  const read = async <T>(call: ApiCall, one: (value: unknown, call: string) => T) => {
    const { body, index } = await transport.request(call, signal);
    return { index, ...readList(body, `GET ${call.path}`, one, calls.jobId) };
  };
  const evaluations: ReadList<Evaluation> & { index: number } = await read(calls.evaluations, readEvaluation);
  const allocations: ReadList<Allocation> & { index: number } = await read(calls.allocations, readAllocation);
  const unreadable = new Map([...evaluations.unreadable, ...allocations.unreadable]);
  return {
    sighting: {
      index: Math.min(evaluations.index, allocations.index),
      evaluations: evaluations.items,
      allocations: allocations.items,
      ...(unreadable.size > 0 && { unreadable }),
    },
  };
}

/** Filter expressions that together match exactly these jobs. Source: https://developer.hashicorp.com/nomad/api-docs#filtering */
export function jobFilters(jobIds: readonly string[]): string[] {
  const filters: string[] = [];
  let names: string[] = [];
  let length = 0;
  const close = () => {
    if (names.length > 0) filters.push(`JobID matches \`^(?:${names.join("|")})$\``);
    [names, length] = [[], 0];
  };
  for (const name of jobIds.map(quoteForRegex)) {
    if (length + name.length > longestFilter) close();
    names.push(name);
    length += name.length + 1;
  }
  close();
  return filters;
}

/** A text as an RE2 pattern for itself, safe between backticks too. */
function quoteForRegex(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, (char) => `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
