import type { ApiCall, NomadTransport } from "../../core/contracts/transport.js";
import type { Sighting, WatchScope } from "../../core/contracts/watcher.js";
import { readAllocation } from "../read-allocation.js";
import { readEvaluation } from "../read-evaluation.js";
import { readList } from "../read-fields.js";

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
 * @throws LauncherError of the transport, or `NOMAD_E_API_REPLY`.
 */
export async function listJobs(
  transport: NomadTransport,
  place: JobPlace,
  jobIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Sighting> {
  const parts: Sighting[] = [];
  for (const calls of planCalls(place, [...jobIds])) parts.push(await listPart(transport, calls, signal));
  const wanted = <T extends { readonly JobID: string }>(items: readonly T[]) =>
    items.filter(({ JobID }) => jobIds.has(JobID));
  return {
    index: parts.length === 0 ? 0 : Math.min(...parts.map(({ index }) => index)),
    allocations: wanted(parts.flatMap(({ allocations }) => allocations)),
    evaluations: wanted(parts.flatMap(({ evaluations }) => evaluations)),
    complete: new Set(jobIds),
  };
}

interface CallPair {
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
      evaluations: get(`/job/${encodeURIComponent(id)}/evaluations`, {}),
      allocations: get(`/job/${encodeURIComponent(id)}/allocations`, { all: true }),
    }));
  }
  return jobFilters(jobIds).map((filter) => ({
    evaluations: get("/evaluations", { filter }),
    allocations: get("/allocations", { filter, task_states: true }),
  }));
}

async function listPart(transport: NomadTransport, calls: CallPair, signal: AbortSignal): Promise<Sighting> {
  const evaluations = await transport.request(calls.evaluations, signal);
  const allocations = await transport.request(calls.allocations, signal);
  return {
    index: Math.min(evaluations.index, allocations.index),
    evaluations: readList(evaluations.body, `GET ${calls.evaluations.path}`, readEvaluation),
    allocations: readList(allocations.body, `GET ${calls.allocations.path}`, readAllocation),
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
