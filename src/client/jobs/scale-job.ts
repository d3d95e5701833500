import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { pickGroup } from "./pick-group.js";

export interface ScaleOptions extends CallOptions {
  /** Default: the only one. */
  readonly group?: string | undefined;
  /** Kept in the scaling event: why. Default: that it was done by hand. */
  readonly message?: string | undefined;
  readonly meta?: Readonly<Record<string, string>> | undefined;
}

/**
 * Sets how many of a group are to run. Nomad notes it as a scaling event.
 * @throws LauncherError `NOMAD_E_API_REFUSED` for a system job, and for a count outside the group's `scaling` block.
 */
export async function scaleJob(
  nomad: NomadClient,
  id: string,
  count: number,
  options: ScaleOptions = {},
): Promise<Nomad.JobRegisterResponse> {
  const { signal, namespace, region, message = "scaled by hand with metaflow-nomad", meta } = options;
  const place = { signal, namespace, region };
  const { TaskGroups } = await nomad.jobs.read(id, place);
  const Group = pickGroup(
    id,
    (TaskGroups ?? []).map(({ Name }) => Name),
    options.group,
  );
  const request = { Count: count, Target: { Group }, Message: message, ...(meta !== undefined && { Meta: meta }) };
  return nomad.jobs.scale(id, request, place);
}
