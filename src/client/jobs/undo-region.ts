import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";

/**
 * Takes a region back from a rollout that failed elsewhere, and says what became of it: a deployment under way is failed; what is done goes back to
 * the stable version before it where the job says so (`auto_revert`). Nothing else is taken away: a service is not stopped for another region's sake.
 */
export async function undoRegion(nomad: NomadClient, id: string, place: CallOptions): Promise<string> {
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
  const stable = earlier.find(({ Stable }) => Stable);
  if (current === undefined || stable === undefined || !reverts(current)) return "it stays as it is";
  await nomad.jobs.revert(id, stable.Version, place);
  return `it goes back to version ${String(stable.Version)}`;
}

const reverts = ({ Update, TaskGroups }: Nomad.Job): boolean =>
  (TaskGroups ?? []).some((group) => group.Update?.AutoRevert ?? Update?.AutoRevert ?? false);
