import { dispatchJob } from "../../client/jobs/dispatch-job.js";
import { type PlaceOptions, withClients } from "../with-client.js";
import { onNews, tell } from "./job-command.js";
import { pairsOf, readInput } from "./read-input.js";

export interface JobDispatchOptions extends PlaceOptions {
  readonly meta?: readonly string[];
  readonly idempotencyToken?: string;
  readonly idPrefix?: string;
  readonly detach?: boolean;
}

/** `metaflow-nomad job dispatch JOB [PAYLOAD]`: starts a run of a parameterized job; ends with its exit code. */
export function jobDispatchCommand(id: string, file: string | undefined, options: JobDispatchOptions): Promise<number> {
  const { idempotencyToken, idPrefix, detach } = options;
  const meta = pairsOf("--meta", options.meta);
  return withClients(options, async ({ nomad, signal }) => {
    const payload = file === undefined ? undefined : await readInput(file, "payload");
    const how = { meta, payload, idempotencyToken, idPrefixTemplate: idPrefix, detach };
    return tell(await dispatchJob(nomad, id, { signal, ...how, onNews }));
  });
}
