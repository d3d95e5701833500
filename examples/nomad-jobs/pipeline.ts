import { type Dispatched, dispatchJob, type NomadClient } from "metaflow-nomad/client";

/** Dispatches a job once for each set of meta; never are more than `atOnce` of its children under way. */
export async function dispatchAll(
  nomad: NomadClient,
  id: string,
  metas: readonly Readonly<Record<string, string>>[],
  atOnce: number,
): Promise<Dispatched[]> {
  const ended: Dispatched[] = [];
  const queue = metas.entries();
  const worker = async () => {
    for (const [at, meta] of queue) ended[at] = await dispatchJob(nomad, id, { meta });
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return ended;
}
