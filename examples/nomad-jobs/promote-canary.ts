import { type JobEnd, type NomadClient, promoteJob } from "metaflow-nomad/client";

/** Promotes the canaries of a job once they have been healthy for a while, and follows the deployment to its end. */
export function promoteWhenHealthy(nomad: NomadClient, id: string, healthyForMs = 30_000): Promise<JobEnd> {
  return promoteJob(nomad, id, { watch: true, healthyForMs, timeoutMs: 300_000, onNews: console.log });
}
