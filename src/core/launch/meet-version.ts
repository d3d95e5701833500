import { LauncherError } from "../errors/launcher-error.js";
import type { Job } from "../model/job.js";
import type { ServerVersion } from "./server-version.js";
import { compareVersions, versionNeeds } from "./version-needs.js";

/** A job that its Nomad understands, and what there is to say about that. */
export interface MetVersion {
  readonly job: Job;
  readonly warnings: readonly string[];
}

/**
 * Refuses a job with parts that this Nomad would drop without a word. Where the version is unknown, the job is kept off
 * nodes that are too old: a cluster's servers are at least as new as its clients.
 *
 * @throws LauncherError `NOMAD_E_REQUEST_VERSION`
 */
export async function meetVersion(job: Job, server: ServerVersion, signal: AbortSignal): Promise<MetVersion> {
  const [need] = versionNeeds(job);
  if (need === undefined) return { job, warnings: [] };
  const { what, since } = need;
  const version = await server.read(signal);
  if (version === undefined) return { job: constrain(job, since), warnings: unknown(what, since, server) };
  if (compareVersions(version, since) >= 0) return { job, warnings: [] };
  throw new LauncherError("NOMAD_E_REQUEST_VERSION", { what, since, version, address: server.address });
}

function constrain(job: Job, since: string): Job {
  const atLeast = { LTarget: "${attr.nomad.version}", Operand: "semver", RTarget: `>= ${since}` };
  return { ...job, Constraints: [...(job.Constraints ?? []), atLeast] };
}

function unknown(what: string, since: string, server: ServerVersion): readonly string[] {
  if (!server.untold()) return [];
  const why = "the token may not ask for Nomad's version (agent:read)";
  return [`${why}, and ${what} needs ${since}: nodes older than that are left out`];
}
