import { readFile } from "node:fs/promises";
import { type Dispatched, dispatchJob, type NomadClient, readJob, runJob } from "metaflow-nomad/client";

/** Registers a parameterized job from HCL. */
export async function registerEtl(nomad: NomadClient, file: string): Promise<void> {
  const { job, submission } = await readJob(nomad, await readFile(file, "utf8"));
  await runJob(nomad, job, { submission });
}

/** One run of it, followed to its end. */
export function runEtl(nomad: NomadClient, date: string, source: string): Promise<Dispatched> {
  return dispatchJob(nomad, "etl-pipeline", { meta: { date, source } });
}
