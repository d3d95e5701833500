import type { AllocMetric } from "../model/evaluation.js";
import type { Job } from "../model/job.js";
import { hostVolumes, lacksHostVolume, sameKind } from "./check-volumes.js";

/** What a job asks for of one dimension, beside the largest node. */
export interface Size {
  readonly asked: number;
  /** Undefined where nobody may say. */
  readonly most: number | undefined;
  readonly unit: string;
}

/**
 * Why no node took a job: what filtered nodes, what was exhausted on others, each with the number of nodes; then the same
 * nodes by their class.
 */
export function describeMetric(metric: AllocMetric, job: Job, sizes: Readonly<Record<string, Size>>): string[] {
  const exhausted = sorted(metric.DimensionExhausted ?? {});
  const reasons = [
    ...describeFilters(metric.ConstraintFiltered ?? {}, job),
    ...exhausted.map(([what, nodes]) => describeExhaustion(what, nodes, job, sizes[what])),
    ...(metric.QuotaExhausted ?? []).map((what) => `quota exhausted: ${what}`),
  ];
  if ((metric.NodesEvaluated ?? 0) === 0) reasons.push(describeAbsence(metric, job));
  return [...(reasons.length > 0 ? reasons : ["no node fits"]), ...describeClasses(metric)];
}

/** What several nodes share is counted by Nomad under the first of them; with one reason, it is theirs. */
function describeFilters({ [sameKind]: alike = 0, ...named }: Readonly<Record<string, number>>, job: Job): string[] {
  const reasons = sorted(named);
  const [only] = reasons;
  if (only !== undefined && reasons.length === 1) return [describeFilter(only[0], only[1] + alike, job)];
  const told = reasons.map(([constraint, nodes]) => describeFilter(constraint, nodes, job));
  if (alike === 0) return told;
  const as = told.length > 0 ? "one of these" : "a node that does not do";
  return [...told, `${count(alike)} ${alike === 1 ? "is" : "are"} like ${as}`];
}

/** Nomad writes `missing drivers`, `${attr.kernel.name} = linux`, `missing devices`, `CSI plugin x is unhealthy on client y`… */
function describeFilter(constraint: string, nodes: number, job: Job): string {
  const lacks = nodes === 1 ? "lacks" : "lack";
  if (constraint === "missing drivers") {
    const drivers = new Set(job.TaskGroups[0].Tasks.map(({ Driver }) => Driver));
    return `${count(nodes)} ${lacks} driver ${[...drivers].join(" or ")}`;
  }
  if (constraint === lacksHostVolume) {
    const sources = hostVolumes(job).map(({ Source }) => Source);
    return `${count(nodes)} ${lacks} the host volume ${sources.join(" or ")}, or may not give it as asked`;
  }
  if (constraint === "missing devices") return `${count(nodes)} ${lacks} ${devicesOf(job)}`;
  if (constraint.startsWith("missing ")) return `${count(nodes)} ${lacks} ${constraint.slice("missing ".length)}`;
  if (/^(CSI|invalid|did not) /.test(constraint)) return `on ${count(nodes)}: ${constraint}`;
  return `${count(nodes)} ${nodes === 1 ? "does" : "do"} not meet ${constraint}`;
}

/** Of some dimensions Nomad says what it is about them: `network: port collision`, `devices: no devices match request`. */
function describeExhaustion(what: string, nodes: number, job: Job, size: Size | undefined): string {
  // What a node lacks altogether is filtered, and does not come here.
  if (what.startsWith("devices:")) return `${devicesOf(job)} not free on ${count(nodes)}`;
  return what.includes(":")
    ? `${what} on ${count(nodes)}`
    : `${what} exhausted on ${count(nodes)}${describeSize(size)}`;
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

function describeSize(size: Size | undefined): string {
  if (size === undefined) return "";
  const most = size.most === undefined ? "" : `, the largest node has ${size.most} ${size.unit}`;
  return ` (needs ${size.asked} ${size.unit}${most})`;
}

/** Only nodes that have a class are counted by it. */
function describeClasses({ ClassFiltered, ClassExhausted }: AllocMetric): string[] {
  const classes = [
    ...sorted(ClassFiltered ?? {}).map(([name, nodes]) => `${nodes} of ${name} unfit`),
    ...sorted(ClassExhausted ?? {}).map(([name, nodes]) => `${nodes} of ${name} without room`),
  ];
  return classes.length === 0 ? [] : [`by node class: ${classes.join(", ")}`];
}

function describeAbsence(metric: AllocMetric, job: Job): string {
  const datacenters = sorted(metric.NodesAvailable ?? {});
  const empty = datacenters.filter(([, nodes]) => nodes === 0).map(([name]) => name);
  if (empty.length > 0) return `no ready node in datacenter ${empty.join(", ")}`;
  const asked = job.Datacenters?.join(", ") ?? "*";
  const where = asked === "*" ? "" : ` in datacenter ${asked}`;
  return `no ready node${where}${metric.NodePool === undefined ? "" : ` in node pool ${metric.NodePool}`}`;
}

/** In one order, whatever Nomad's: the same reason is not told twice. */
const sorted = <T>(counts: Readonly<Record<string, T>>) => Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
const count = (nodes: number) => `${nodes} node${nodes === 1 ? "" : "s"}`;
