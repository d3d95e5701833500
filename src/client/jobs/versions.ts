import { refuse } from "../../core/errors/refuse.js";
import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { describeDiff } from "./describe-diff.js";
import { followJob, type FollowOptions, type JobEnd } from "./follow-job.js";
import { activeDeployment } from "./promote-job.js";

/** One version of a job. */
export interface HistoryEntry {
  readonly version: number;
  readonly stable: boolean;
  /** Milliseconds since the epoch. */
  readonly submittedAt: number;
  /** What it changed; empty for the first that Nomad still has. */
  readonly changes: readonly string[];
}

/** The versions of a job that Nomad still has, newest first, and what each changed. */
export async function jobHistory(nomad: NomadClient, id: string, options: CallOptions = {}): Promise<HistoryEntry[]> {
  const { Versions, Diffs } = await nomad.jobs.versions(id, { ...options, diffs: true });
  return (Versions ?? []).map(({ Version, Stable, SubmitTime }, at) => {
    const diff = Diffs?.[at];
    const changes = diff === undefined || diff.Type === "None" ? [] : describeDiff(diff);
    return { version: Version, stable: Stable, submittedAt: SubmitTime / 1e6, changes };
  });
}

export interface RevertOptions extends FollowOptions {
  /** Default: the newest stable version before the current one. */
  readonly version?: number | undefined;
  readonly detach?: boolean | undefined;
}

/**
 * Registers an earlier version of a job again, and follows it.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` where no version is named and none before the current one was stable.
 */
export async function revertJob(nomad: NomadClient, id: string, options: RevertOptions = {}): Promise<JobEnd> {
  const place = { signal: options.signal, namespace: options.namespace, region: options.region };
  const { Versions } = await nomad.jobs.versions(id, place);
  const version = options.version ?? stableBefore(id, Versions ?? []);
  const { EvalID } = await nomad.jobs.revert(id, version, place);
  options.onNews?.(`Job ${id} went back to version ${String(version)}`);
  if (options.detach === true) return { code: 0, reason: `reverted to version ${String(version)}` };
  return followJob(nomad, id, EvalID, options);
}

function stableBefore(id: string, [, ...earlier]: readonly Nomad.Job[]): number {
  const stable = earlier.find(({ Stable }) => Stable);
  if (stable !== undefined) return stable.Version;
  const versions = earlier.map(({ Version }) => String(Version)).join(", ");
  const known = versions === "" ? "There is no earlier version." : `Name one of these: ${versions}.`;
  throw refuse("version", `job ${id} has no stable version before its current one`, known);
}

/** Ends the deployment of a job as failed; groups with `auto_revert` go back to the stable version. */
export async function failJob(
  nomad: NomadClient,
  id: string,
  options: CallOptions = {},
): Promise<Nomad.DeploymentUpdateResponse> {
  const { ID } = await activeDeployment(nomad, id, options);
  return nomad.deployments.fail(ID, options);
}
