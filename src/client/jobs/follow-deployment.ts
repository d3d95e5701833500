import type { NomadClient } from "../create-client.js";
import type * as Nomad from "../types/nomad.js";
import type { FollowOptions, JobEnd } from "./follow-job.js";

/**
 * Follows a deployment to its end, or until its canaries are healthy and it waits for somebody to promote them (which is
 * code 0 too).
 */
export async function followDeployment(nomad: NomadClient, id: string, options: FollowOptions = {}): Promise<JobEnd> {
  const { onNews = () => undefined } = options;
  let told = "";
  for await (const { value } of nomad.deployments.read(id, options).watch()) {
    const line = describeDeployment(value);
    if (line !== told) onNews((told = line));
    if (value.Status === "successful") return { code: 0, reason: "the deployment was successful" };
    if (["failed", "cancelled"].includes(value.Status))
      return { code: 1, reason: `the deployment ${value.Status}: ${value.StatusDescription}` };
    if (waitsForPromotion(value)) return { code: 0, reason: `its canaries are healthy; promote it: ${id}` };
  }
  throw new Error(`The watch of deployment ${id} ended.`);
}

/** Where a deployment has come to, in one line. */
export function describeDeployment({ ID, Status, TaskGroups }: Nomad.Deployment): string {
  const groups = Object.entries(TaskGroups ?? {}).map(([name, state]) => {
    const { HealthyAllocs, UnhealthyAllocs, DesiredTotal, DesiredCanaries, Promoted } = state;
    const wanted = DesiredCanaries > 0 && !Promoted ? `${String(DesiredCanaries)} canaries` : String(DesiredTotal);
    const bad = UnhealthyAllocs > 0 ? `, ${String(UnhealthyAllocs)} unhealthy` : "";
    return `${name} ${String(HealthyAllocs)} of ${wanted} healthy${bad}`;
  });
  return `Deployment ${ID.slice(0, 8)} ${Status}: ${groups.join("; ")}`;
}

/** Whether it goes no further by itself. Groups without canaries, or with `auto_promote`, need nobody. */
export function waitsForPromotion(deployment: Nomad.Deployment): boolean {
  const manual = deployment.StatusDescription.includes("requires manual promotion");
  return deployment.Status === "running" && manual && canariesHealthy(deployment);
}

/** Whether every group that is to be promoted has all of its canaries healthy. */
export function canariesHealthy({ TaskGroups }: Nomad.Deployment): boolean {
  return Object.values(TaskGroups ?? {})
    .filter(({ DesiredCanaries, Promoted }) => DesiredCanaries > 0 && !Promoted)
    .every(
      ({ DesiredCanaries, HealthyAllocs, UnhealthyAllocs }) =>
        HealthyAllocs >= DesiredCanaries && UnhealthyAllocs === 0,
    );
}
