import { nearest } from "../errors/nearest.js";
import { refuse } from "../errors/refuse.js";
import type { AllocMetric } from "../model/evaluation.js";
import type { Job, VolumeRequest } from "../model/job.js";
import type { NodeSize } from "./node-sizes.js";

/** Nomad's words, in scheduler/feasible/feasible.go (`FilterConstraintHostVolumes` and its neighbours). */
export const lacksHostVolume = "missing compatible host volumes";
/**
 * Nomad's words for a node that is of the same computed class as one it has filtered, which it does not look at again
 * (scheduler/feasible/feasible.go, `FeasibilityWrapper`).
 */
export const sameKind = "computed class ineligible";
const lacksCsiVolume = /^missing CSI Volume (.+)$/;

/**
 * Refuses a job whose volumes no node has, by what a dry run said of its placement.
 * @param nodes - What the nodes have, where the token may list them.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` naming the volume.
 */
export function checkVolumes(metric: AllocMetric, job: Job, nodes: NodeSize | undefined): void {
  const reasons = Object.keys(metric.ConstraintFiltered ?? {}).filter((reason) => reason !== sameKind);
  const csi = reasons.map((reason) => lacksCsiVolume.exec(reason)?.[1]).find((source) => source !== undefined);
  if (csi !== undefined) throw noCsiVolume(csi, job);
  if (!reasons.includes(lacksHostVolume)) return;
  const asked = hostVolumes(job);
  const missing = asked.find((request) => nodes?.hostVolumes.includes(sourceOf(request)) === false);
  if (missing !== undefined && nodes !== undefined) throw noHostVolume(missing, nodes.hostVolumes);
  // They are there, or nobody may say. Only where every node fails for them alone, waiting is in vain.
  if (reasons.length === 1 && (metric.NodesExhausted ?? 0) === 0) throw noCompatible(asked);
}

/** The host volumes a job asks for. */
export function hostVolumes(job: Job): readonly VolumeRequest[] {
  return Object.values(job.TaskGroups[0].Volumes ?? {}).filter(({ Type }) => Type === "host");
}

/** A volume per allocation is called like the allocation's index; ours is always the first. */
const sourceOf = ({ Source, PerAlloc }: VolumeRequest) => (PerAlloc === true ? `${Source}[0]` : Source);

function noHostVolume(request: VolumeRequest, known: readonly string[]) {
  const source = sourceOf(request);
  const near = nearest(source, known);
  const there = known.length === 0 ? "No node has any" : `The nodes have ${known.join(", ")}`;
  const cure = near === undefined ? `${there}; \`nomad volume create\` makes one.` : `Did you mean ${near}?`;
  return refuse(`volumes.${request.Name}`, `no node has a host volume ${source}`, cure);
}

function noCompatible(asked: readonly VolumeRequest[]) {
  const sources = asked.map(sourceOf).join(", ");
  return refuse(
    `volumes.${asked.map(({ Name }) => Name).join(", ")}`,
    `no node has the host volume ${sources} as it is asked for`,
    "Check its name, its namespace, and whether it may be written: `nomad node status -verbose` shows a node's volumes.",
  );
}

function noCsiVolume(source: string, job: Job) {
  const requests = Object.values(job.TaskGroups[0].Volumes ?? {});
  const name = requests.find((request) => request.Type === "csi" && sourceOf(request) === source)?.Name ?? source;
  const problem = `Nomad has no CSI volume ${source} in namespace ${job.Namespace}`;
  return refuse(
    `volumes.${name}`,
    problem,
    "`nomad volume status -type csi` lists those there are; create or register it.",
  );
}
