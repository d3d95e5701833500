import type { AllocMetric, Evaluation } from "../model/evaluation.js";

/** Why a job has no allocation, in words. */
export interface PlacementProblem {
  /** Reasons joined into one clause, e.g. `2 nodes lack driver docker; memory exhausted on 1 node`. */
  readonly reason: string;
  /** Whether nodes that would do are merely full, so that waiting can help. */
  readonly busy: boolean;
  readonly metrics: Readonly<Record<string, AllocMetric>>;
}

/** Reads the newest evaluation that failed to place the group; undefined when none did. */
export function explainPlacement(chain: readonly Evaluation[]): PlacementProblem | undefined {
  const failed = chain.findLast((evaluation) => Object.keys(evaluation.FailedTGAllocs ?? {}).length > 0);
  const metrics = failed?.FailedTGAllocs;
  const metric = metrics && Object.values(metrics)[0];
  if (metric === undefined || metric === null) return undefined;
  const reasons = describeMetric(metric);
  return {
    reason: reasons.join("; "),
    busy: (metric.NodesExhausted ?? 0) > 0 || (metric.QuotaExhausted?.length ?? 0) > 0,
    metrics: metrics ?? {},
  };
}

function describeMetric(metric: AllocMetric): string[] {
  const reasons = [
    ...Object.entries(metric.ConstraintFiltered ?? {}).map(([constraint, nodes]) => describeFilter(constraint, nodes)),
    ...Object.entries(metric.DimensionExhausted ?? {}).map(([what, nodes]) => `${what} exhausted on ${count(nodes)}`),
    ...(metric.QuotaExhausted ?? []).map((what) => `quota exhausted: ${what}`),
  ];
  if ((metric.NodesEvaluated ?? 0) === 0) reasons.push(describeAbsence(metric));
  return reasons.length > 0 ? reasons : ["no node fits"];
}

function describeAbsence(metric: AllocMetric): string {
  const datacenters = Object.entries(metric.NodesAvailable ?? {});
  const empty = datacenters.filter(([, nodes]) => nodes === 0).map(([name]) => name);
  if (empty.length > 0) return `no ready node in datacenter ${empty.join(", ")}`;
  return metric.NodePool === undefined ? "no ready node" : `no ready node in the datacenters and node pool asked for`;
}

/** Nomad writes `missing drivers`, `${attr.kernel.name} = linux`, `missing host volume`, `missing devices`… */
function describeFilter(constraint: string, nodes: number): string {
  if (constraint.startsWith("missing ")) return `${count(nodes)} ${verb(nodes)} ${constraint.slice("missing ".length)}`;
  return `${count(nodes)} ${nodes === 1 ? "does" : "do"} not meet ${constraint}`;
}

const count = (nodes: number) => `${nodes} node${nodes === 1 ? "" : "s"}`;
const verb = (nodes: number) => (nodes === 1 ? "lacks" : "lack");
