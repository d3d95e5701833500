import type * as Nomad from "../types/nomad.js";

type Failed = Nomad.JobPlanResponse["FailedTGAllocs"];

/** Why groups find no node, one line each. */
export function describeFailures(failed: Failed): string[] {
  return Object.entries(failed ?? {}).map(([group, metric]) => {
    const { NodesEvaluated, NodesFiltered, NodesExhausted, CoalescedFailures } = metric;
    const because = Object.entries({
      ...metric.ConstraintFiltered,
      ...metric.ClassFiltered,
      ...metric.DimensionExhausted,
    }).map(([what, nodes]) => `${what}: ${String(nodes)}`);
    const none = NodesEvaluated === 0 ? "no node is eligible" : "";
    const counts = `${String(NodesEvaluated)} looked at, ${String(NodesFiltered)} unfit, ${String(NodesExhausted)} full`;
    const why = [none || counts, ...because].join("; ");
    return `Group ${group}: ${String(CoalescedFailures + 1)} not placed (${why})`;
  });
}
