import { refuse } from "../../core/errors/refuse.js";
import type { NomadClient } from "../create-client.js";
import type { JobInput } from "../families/jobs.js";
import type { CallOptions } from "../options.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** What a rollout does when a region fails: goes on without it, begins no more (default), or fails the others too. */
export type OnFailure = "fail_local" | "fail_all" | "";

/** Where a job goes, and how, as its `multiregion` block says. */
export interface RegionPlan {
  readonly regions: readonly (Input<Nomad.MultiregionRegion> & { readonly Name: string })[];
  /** 0: all at once. */
  readonly maxParallel: number;
  readonly onFailure: OnFailure;
}

const strategies: readonly string[] = ["", "fail_local", "fail_all"];

/**
 * The regions of a job: those of its `multiregion` block; where some are named, those, in that order.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function regionsOf(
  { Multiregion: block }: Pick<JobInput, "Multiregion">,
  asked: { readonly regions?: readonly string[]; readonly maxParallel?: number; readonly onFailure?: string } = {},
): RegionPlan {
  const own = (block?.Regions ?? []).map((region) => ({ ...region, Name: region.Name ?? "" }));
  const names = asked.regions ?? own.map(({ Name }) => Name);
  const onFailure = asked.onFailure ?? block?.Strategy?.OnFailure ?? "";
  if (names.length === 0 || names.includes("") || new Set(names).size < names.length)
    throw refuse("regions", `"${names.join(",")}" are no regions`, "Name each once: us-east,eu-west.");
  if (!strategies.includes(onFailure))
    throw refuse("on_failure", `"${onFailure}" is none`, "Write fail_local or fail_all, or leave it out.");
  const regions = names.map((name) => own.find(({ Name }) => Name === name) ?? { Name: name });
  const maxParallel = asked.maxParallel ?? block?.Strategy?.MaxParallel ?? 0;
  return { regions, maxParallel, onFailure: onFailure as OnFailure };
}

/**
 * The job of one region. A group of count 0 gets the region's count; datacenters and node pool are the region's, where it has any; meta is
 * added. Source: https://developer.hashicorp.com/nomad/docs/job-specification/multiregion
 */
export function regionJob(
  job: JobInput,
  { Name, Count, Datacenters, NodePool, Meta }: RegionPlan["regions"][number],
): JobInput {
  const { Multiregion: _, ...rest } = job;
  const groups = (job.TaskGroups ?? []).map((group) =>
    group.Count === 0 && typeof Count === "number" ? { ...group, Count } : group,
  );
  return {
    ...rest,
    Region: Name,
    TaskGroups: groups,
    ...((Datacenters?.length ?? 0) > 0 && { Datacenters }),
    ...(NodePool !== undefined && NodePool !== "" && { NodePool }),
    ...(Object.keys(Meta ?? {}).length > 0 && { Meta: { ...job.Meta, ...Meta } }),
  };
}

/** @throws LauncherError `NOMAD_E_REQUEST_INVALID` where the agent knows no such region: nothing is to be half begun. */
export async function checkRegions(nomad: NomadClient, names: readonly string[], options: CallOptions): Promise<void> {
  const known = await nomad.status.regions({ signal: options.signal });
  const strange = names.filter((name) => !known.includes(name));
  if (strange.length === 0) return;
  throw refuse("regions", `there is no region ${strange.join(", ")}`, `This cluster knows ${known.join(", ")}.`);
}
