import { describe, expect, it } from "vitest";
import { explainPlacement } from "../../../src/core/launch/explain-placement.js";
import type { AllocMetric, Evaluation } from "../../../src/core/model/evaluation.js";

const evaluation = (metric: AllocMetric): Evaluation => ({
  ID: "e",
  JobID: "job",
  Namespace: "default",
  Status: "complete",
  FailedTGAllocs: { main: metric },
  ModifyIndex: 1,
  CreateIndex: 1,
});

describe("explainPlacement", () => {
  it("is silent when nothing failed", () => {
    expect(explainPlacement([])).toBeUndefined();
    expect(explainPlacement([{ ...evaluation({}), FailedTGAllocs: null }])).toBeUndefined();
  });

  it("counts nodes in words", () => {
    const problem = explainPlacement([
      evaluation({
        NodesEvaluated: 3,
        NodesExhausted: 1,
        ConstraintFiltered: { "missing drivers": 2 },
        DimensionExhausted: { memory: 1 },
      }),
    ]);
    expect(problem).toMatchObject({ reason: "2 nodes lack drivers; memory exhausted on 1 node", busy: true });
  });

  it("says that waiting cannot help when every node was filtered out", () => {
    const problem = explainPlacement([
      evaluation({ NodesEvaluated: 1, ConstraintFiltered: { "${attr.kernel.name} = windows": 1 } }),
    ]);
    expect(problem).toMatchObject({ reason: "1 node does not meet ${attr.kernel.name} = windows", busy: false });
  });

  it("names an empty datacenter", () => {
    expect(explainPlacement([evaluation({ NodesEvaluated: 0, NodesAvailable: { mars: 0 } })])?.reason).toBe(
      "no ready node in datacenter mars",
    );
  });
});
