import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/core/model/outcome.js";
import { LaunchFacts } from "../../../src/server/launch-facts.js";

const failed: Outcome = {
  kind: "failed",
  cause: "exit-code",
  sentence: "The task exited with code 7.",
  advice: "See its output above.",
  retriable: true,
  exitCode: 7,
  jobId: "f-1",
  evidence: {
    taskEvents: Array.from({ length: 12 }, (_, number) => ({
      Type: `Event ${String(number)}`,
      Time: 1_700_000_000_000_000_000,
      DisplayMessage: "\u001b[2Jx".repeat(200),
    })),
  },
};

function factsOf(outcome: Outcome) {
  const facts = new LaunchFacts();
  facts.note({ kind: "ended", outcome, at: 0 });
  return facts.all;
}

describe("what Metaflow records of an ending", () => {
  it("has the verdict and Nomad's last events, bounded and harmless", () => {
    const all = factsOf(failed);
    expect(all["nomad-verdict"]).toBe("The task exited with code 7. See its output above.");
    const events = JSON.parse(all["nomad-events"] ?? "") as { at: string; type: string; message: string }[];
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 10 }, (_, number) => `Event ${number + 2}`));
    expect(events[0]?.at).toBe("2023-11-14T22:13:20.000Z");
    expect(events[0]?.message).toHaveLength(500);
    expect(all["nomad-events"]).not.toContain("\\u001b");
  });

  it("says nothing more of a success", () => {
    const all = factsOf({ ...failed, kind: "succeeded", exitCode: 0 });
    expect(Object.keys(all).toSorted()).toEqual(["nomad-exit-code", "nomad-finished-at", "nomad-outcome"]);
  });
});
