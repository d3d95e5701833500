import { z } from "zod";
import type { NomadTransport } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { refuse } from "../core/errors/refuse.js";

/** Where the user says that it is. */
export interface Place {
  readonly namespace: string;
  readonly region?: string | undefined;
}

const stub = z.object({
  ID: z.string(),
  JobID: z.string(),
  Namespace: z.string().default("default"),
  ClientStatus: z.string(),
  CreateIndex: z.number(),
  /** Of each task, once it was received; null before. */
  TaskStates: z.record(z.string(), z.object({ State: z.string() })).nullish(),
});

/** An allocation, as lists show it. */
export type AllocationStub = z.infer<typeof stub>;

/** Beginning of an allocation's ID, as Nomad itself shortens it: 8 characters, or more. */
const allocationPrefix = /^[0-9a-f]{8}(?:-?[0-9a-f-]{0,27})$/;

/** No URL can carry these as a name: `..` would be another call, and find whatever runs. */
const noNames: ReadonlySet<string> = new Set(["", ".", ".."]);

/** @throws LauncherError `NOMAD_E_REQUEST_INVALID` for what cannot be an ID. */
export function checkId(asked: string): void {
  if (!noNames.has(asked)) return;
  throw refuse("job", `"${asked}" is no ID`, "`metaflow-nomad ls --all` lists what was launched here.");
}

/**
 * The allocations somebody means, newest first: a job's, or the one whose ID begins so.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` where there is no such job or allocation, or more than one.
 */
export async function findAllocations(
  asked: string,
  place: Place,
  transport: NomadTransport,
  signal: AbortSignal,
): Promise<readonly AllocationStub[]> {
  checkId(asked);
  const ofJob = await list(`/job/${encodeURIComponent(asked)}/allocations`, { ...place, all: true }, transport, signal);
  if (ofJob.length > 0) return ofJob.sort((a, b) => b.CreateIndex - a.CreateIndex);
  const like = allocationPrefix.test(asked) ? await beginningWith(asked, place, transport, signal) : [];
  if (like.length > 1) {
    const names = like.map(({ ID }) => ID).join(", ");
    throw refuse("allocation", `${asked} is the beginning of ${String(like.length)}: ${names}`, "Write more of it.");
  }
  if (like.length === 1) return like;
  const cure = "`metaflow-nomad ls --all` lists what was launched here; --namespace looks in another one.";
  throw refuse("job", `Nomad has no allocation of a job ${asked} in namespace ${place.namespace}`, cure);
}

/** Nomad looks by whole bytes: of an odd number of digits it would refuse the last. */
async function beginningWith(start: string, place: Place, transport: NomadTransport, signal: AbortSignal) {
  const odd = start.replaceAll("-", "").length % 2 === 1;
  const found = await list("/allocations", { ...place, prefix: odd ? start.slice(0, -1) : start }, transport, signal);
  return found.filter(({ ID }) => ID.startsWith(start));
}

async function list(
  path: string,
  query: Place & Record<string, unknown>,
  transport: NomadTransport,
  signal: AbortSignal,
) {
  const reply = await transport.request({ method: "GET", path, query: query as never }, signal);
  const found = z.array(stub).safeParse(reply.body);
  if (found.success) return found.data;
  throw new LauncherError("NOMAD_E_API_REPLY", { call: `GET ${path}`, problem: z.prettifyError(found.error) });
}
