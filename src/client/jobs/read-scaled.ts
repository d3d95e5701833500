import { refuse } from "../../core/errors/refuse.js";
import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { pickGroup } from "./pick-group.js";

/** A group that something scales. */
export interface ScaledGroup {
  readonly name: string;
  readonly count: number;
  /** `JobModifyIndex`: a change by somebody else in between is not run over. */
  readonly index: number;
  /** Of its `scaling` block. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Why it is not to be scaled now. */
  readonly off: string | undefined;
  readonly events: readonly Nomad.ScalingEvent[];
}

/** @throws LauncherError `NOMAD_E_REQUEST_INVALID` for a job that runs once on each node, and for a group that it does not have. */
export async function readScaled(
  nomad: NomadClient,
  id: string,
  named: string | undefined,
  place: CallOptions,
): Promise<ScaledGroup> {
  const [job, status] = await Promise.all([nomad.jobs.read(id, place), nomad.jobs.scaleStatus(id, place)]);
  if (job.Type === "system" || job.Type === "sysbatch")
    throw refuse("job", `${id} is a ${job.Type} job, which runs once on each node`, "Scale a service or batch job.");
  const groups = job.TaskGroups ?? [];
  const names = groups.map(({ Name }) => Name);
  const name = pickGroup(id, names, named);
  const { Count, Scaling } = groups[names.indexOf(name)] ?? {};
  return {
    name,
    count: Count ?? 0,
    index: job.JobModifyIndex,
    min: Scaling?.Min ?? undefined,
    max: Scaling?.Max ?? undefined,
    off: job.Stop ? "the job is stopped" : Scaling?.Enabled === false ? "its scaling block is not enabled" : undefined,
    events: status.TaskGroups?.[name]?.Events ?? [],
  };
}
