import { LauncherError } from "../../core/errors/launcher-error.js";
import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";

/**
 * Takes a region back from a rollout that failed elsewhere, and says what became of it: a deployment under way is failed; what is done goes back to
 * the stable version before it where the job says so (`auto_revert`). Nothing else is taken away: a service is not stopped for another region's sake.
 * @param backTo - the newest version it may go back to; undefined: the rollout has not come to this region.
 */
export async function undoRegion(
  nomad: NomadClient,
  id: string,
  backTo: number | undefined,
  place: CallOptions,
): Promise<string> {
  if (backTo === undefined) return "it stays as it is";
  const latest = await nomad.jobs.latestDeployment(id, place);
  if (
    latest !== null &&
    ["running", "pending", "paused", "initializing", "blocked", "unblocking"].includes(latest.Status)
  ) {
    const { RevertedJobVersion } = await nomad.deployments.fail(latest.ID, place);
    return RevertedJobVersion === null
      ? "its deployment was failed"
      : `its deployment was failed; it goes back to version ${String(RevertedJobVersion)}`;
  }
  const { Versions } = await nomad.jobs.versions(id, place);
  const [current, ...earlier] = Versions ?? [];
  if (current === undefined || current.Version <= backTo || !reverts(current)) return "it stays as it is";
  const stable = earlier.find(({ Stable, Version }) => Stable && Version <= backTo);
  if (stable === undefined) return "it stays as it is";
  await nomad.jobs.revert(id, stable.Version, place);
  return `it goes back to version ${String(stable.Version)}`;
}

/** The version of a region's job; -1 where it has none. */
export async function newestVersion(nomad: NomadClient, id: string, place: CallOptions): Promise<number> {
  const { signal, namespace, region } = place;
  const job = await nomad.jobs.read(id, { signal, namespace, region }).catch((error: unknown) => {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_NOT_FOUND") return undefined;
    throw error;
  });
  return job?.Version ?? -1;
}

const reverts = ({ Update, TaskGroups }: Nomad.Job): boolean =>
  (TaskGroups ?? []).some((group) => group.Update?.AutoRevert ?? Update?.AutoRevert ?? false);
