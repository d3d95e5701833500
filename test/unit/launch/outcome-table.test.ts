import { describe, expect, it } from "vitest";
import { outcomeTable } from "../../../src/core/launch/outcome-table.js";
import { judge } from "../../../src/core/launch/verdict.js";
import { outcomeSamples } from "../../support/outcome-samples.js";
import { allocation } from "../../support/builders.js";

describe("the outcome table", () => {
  it("has each cause once, and a sample of each, in the same order", () => {
    const causes = outcomeTable.map(({ cause }) => cause);
    expect(new Set(causes).size).toBe(causes.length);
    expect([...new Set(outcomeSamples.map(([cause]) => cause))]).toEqual(causes);
  });

  it.each(outcomeSamples.map(([cause, facts]) => ({ cause, facts })))("takes the row $cause", ({ cause, facts }) => {
    const outcome = judge(facts, "job");
    expect(outcome).toMatchObject({ cause, jobId: "job" });
    expect(outcome.sentence).toMatch(/^[A-Z].*\.$/);
    // What somebody must act on says how.
    if (!["succeeded", "interrupted", "gang-ended", "set-up"].includes(cause)) expect(outcome.advice).not.toBe("");
  });

  it("knows an end of every placed attempt, whatever Nomad says", () => {
    const sample = outcomeSamples.find(([cause]) => cause === "unexplained")?.[1].placed;
    if (sample === undefined) throw new Error("there is no sample of a placed attempt");
    for (const ClientStatus of ["pending", "running", "complete", "failed", "lost", "unknown"] as const) {
      const outcome = judge({ placed: { ...sample, allocation: allocation({ ClientStatus }) } }, "job");
      expect(["unknown", "lost"]).toContain(outcome.kind);
    }
  });

  it("says what retrying mends: what was refused for good is not tried again", () => {
    const kinds = Object.groupBy(outcomeSamples, ([, facts]) => String(judge(facts, "job").retriable));
    const final = (kinds["false"] ?? []).map(([cause]) => cause);
    expect([...new Set(final)]).toEqual([
      "stopped-waiting",
      "unfit",
      "operator",
      "artifact",
      "template",
      "succeeded",
      "driver-known",
    ]);
  });
});
