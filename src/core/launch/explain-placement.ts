import type { AllocMetric, Evaluation } from "../model/evaluation.js";
import type { Job } from "../model/job.js";
import { hostVolumes, lacksHostVolume } from "./check-volumes.js";
import type { NodeSize } from "./node-sizes.js";

/** Why a job has no allocation, in words. */
export interface PlacementProblem {
  /** Reasons joined into one clause, e.g. `2 nodes lack driver docker; memory exhausted on 1 node`. */
  readonly reason: string;
  /** Whether nodes that would do are merely full, so that waiting can help. */
  readonly busy: boolean;
  readonly metrics: Readonly<Record<string, AllocMetric>>;
}

/**
 * Reads the newest evaluation that failed to place the group; undefined when none did.
 * @param largest - The largest node, where that is known: what does not fit there is not a matter of waiting.
 */
export function explainPlacement(
  chain: readonly Evaluation[],
  job: Job,
  largest?: NodeSize,
): PlacementProblem | undefined {
  const failed = chain.findLast((evaluation) => Object.keys(evaluation.FailedTGAllocs ?? {}).length > 0);
  const metrics = failed?.FailedTGAllocs;
  const metric = metrics && Object.values(metrics)[0];
  if (metric === undefined || metric === null) return undefined;
  const sizes = sizesOf(job, largest);
  const full = (metric.NodesExhausted ?? 0) > 0 || (metric.QuotaExhausted?.length ?? 0) > 0;
  return {
    reason: describeMetric(metric, job, sizes).join("; "),
    busy: full && !Object.values(sizes).some(({ asked, most = asked }) => asked > most),
    metrics: metrics ?? {},
  };
}

interface Size {
  readonly asked: number;
  readonly most: number | undefined;
  readonly unit: string;
}

/** What the task asks for, beside the largest node, by Nomad's name of the dimension. */
function sizesOf(job: Job, largest: NodeSize | undefined): Record<string, Size> {
  const { MemoryMB, CPU = 0 } = job.TaskGroups[0].Tasks[0].Resources;
  return {
    memory: { asked: MemoryMB, most: largest?.memoryMb, unit: "MB" },
    cpu: { asked: CPU, most: largest?.cpuMhz, unit: "MHz" },
  };
}

function describeMetric(metric: AllocMetric, job: Job, sizes: Record<string, Size>): string[] {
  const reasons = [
    ...Object.entries(metric.ConstraintFiltered ?? {}).map(([constraint, nodes]) =>
      describeFilter(constraint, nodes, job),
    ),
    ...Object.entries(metric.DimensionExhausted ?? {}).map(([what, nodes]) =>
      // Whole: `devices: no devices match request`. What a node lacks altogether is filtered, and does not come here.
      what.startsWith("devices:")
        ? `${devicesOf(job)} not free on ${count(nodes)}`
        : `${what} exhausted on ${count(nodes)}${describeSize(sizes[what])}`,
    ),
    ...(metric.QuotaExhausted ?? []).map((what) => `quota exhausted: ${what}`),
  ];
  if ((metric.NodesEvaluated ?? 0) === 0) reasons.push(describeAbsence(metric, job));
  return reasons.length > 0 ? reasons : ["no node fits"];
}

function describeSize(size: Size | undefined): string {
  if (size === undefined) return "";
  const most = size.most === undefined ? "" : `, the largest node has ${size.most} ${size.unit}`;
  return ` (needs ${size.asked} ${size.unit}${most})`;
}

function describeAbsence(metric: AllocMetric, job: Job): string {
  const datacenters = Object.entries(metric.NodesAvailable ?? {});
  const empty = datacenters.filter(([, nodes]) => nodes === 0).map(([name]) => name);
  if (empty.length > 0) return `no ready node in datacenter ${empty.join(", ")}`;
  const asked = job.Datacenters?.join(", ") ?? "*";
  const where = asked === "*" ? "" : ` in datacenter ${asked}`;
  return `no ready node${where}${metric.NodePool === undefined ? "" : ` in node pool ${metric.NodePool}`}`;
}

/** Nomad writes `missing drivers`, `${attr.kernel.name} = linux`, `missing host volume`, `missing devices`… */
function describeFilter(constraint: string, nodes: number, job: Job): string {
  if (constraint === "missing drivers") {
    const drivers = new Set(job.TaskGroups[0].Tasks.map(({ Driver }) => Driver));
    return `${count(nodes)} ${verb(nodes)} driver ${[...drivers].join(" or ")}`;
  }
  if (constraint === lacksHostVolume) {
    const sources = hostVolumes(job).map(({ Source }) => Source);
    return `${count(nodes)} ${verb(nodes)} the host volume ${sources.join(" or ")}, or may not give it as asked`;
  }
  if (constraint === "missing devices") return `${count(nodes)} ${verb(nodes)} ${devicesOf(job)}`;
  if (constraint.startsWith("missing ")) return `${count(nodes)} ${verb(nodes)} ${constraint.slice("missing ".length)}`;
  return `${count(nodes)} ${nodes === 1 ? "does" : "do"} not meet ${constraint}`;
}

/** The devices asked for, e.g. `2 x nvidia/gpu/H100`. */
function devicesOf(job: Job): string {
  const all = job.TaskGroups[0].Tasks.flatMap(({ Resources }) => Resources.Devices ?? []);
  const words = all.map((one) => {
    const conditions = (one.Constraints ?? []).map(
      ({ LTarget, Operand, RTarget }) => `${LTarget} ${Operand} ${RTarget}`,
    );
    return `${one.Count} x ${one.Name}${conditions.length === 0 ? "" : ` with ${conditions.join(" and ")}`}`;
  });
  return words.join(", ") || "the devices asked for";
}

const count = (nodes: number) => `${nodes} node${nodes === 1 ? "" : "s"}`;
const verb = (nodes: number) => (nodes === 1 ? "lacks" : "lack");
