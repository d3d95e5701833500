import { describe, expect, it } from "vitest";
import type { Launch } from "../../../src/core/launch/context.js";
import { launchGang } from "../../../src/core/launch/launch-gang.js";
import type { Outcome } from "../../../src/core/model/outcome.js";
import type { LaunchProgress } from "../../../src/core/model/progress.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { request } from "../../support/builders.js";
import { Printed } from "../../support/launch-host.js";

const ended = (jobId: string, kind: Outcome["kind"], sentence: string = kind): Outcome => ({
  kind, cause: "unexplained", sentence, advice: "", retriable: true, jobId, evidence: {},
}); // prettier-ignore

/** A gang whose nodes do what a test tells them to; an abort stops a node. */
function start(size: number, cancel = new AbortController()) {
  const clock = new ManualClock();
  const nodes = new Map<string, { report: Launch["report"]; end: (outcome: Outcome | Error) => void }>();
  const launch = ({ request: { jobId }, report, signal }: Launch) =>
    new Promise<Outcome>((resolve, reject) => {
      const end = (outcome: Outcome | Error) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      nodes.set(jobId, { report, end });
      signal.addEventListener("abort", () => resolve(ended(jobId, "stopped", "interrupted")));
    });
  const tasks = Array.from({ length: size }, (_, index) => ({
    request: request({ jobId: `node-${index}` }),
    sink: new Printed(),
    report: () => undefined,
    signal: cancel.signal,
  }));
  const gang = launchGang(tasks, { launch, clock, timeoutSeconds: 600 });
  const node = (index: number) => nodes.get(`node-${index}`)!;
  const place = (index: number) => node(index).report({ kind: "placed", at: 0 } as LaunchProgress);
  return { clock, cancel, node, place, gang };
}

describe("launchGang", () => {
  it("waits for every node", async () => {
    const { node, gang } = start(2);
    node(0).end(ended("node-0", "succeeded"));
    node(1).end(ended("node-1", "succeeded"));
    const { outcomes, decided } = await gang;
    expect([outcomes.map(({ kind }) => kind), decided]).toEqual([["succeeded", "succeeded"], 0]);
  });

  it("stops all when one ends badly, and says which", async () => {
    const { node, gang } = start(3);
    node(0).end(ended("node-0", "succeeded"));
    node(2).end(ended("node-2", "failed", "The task exited with code 7."));
    const { outcomes, decided } = await gang;
    const sentences = outcomes.map(({ sentence }) => sentence);
    expect(sentences.slice(1)).toEqual([
      "The task was stopped because node 2 of the gang could not go on.",
      "The task exited with code 7.",
    ]);
    expect(decided).toBe(2);
  });

  it("blames the first that ended badly, not those that died of it", async () => {
    const { node, gang } = start(2);
    node(1).end(ended("node-1", "failed", "The task exited with code 7."));
    node(0).end(ended("node-0", "failed", "The task exited with code 1."));
    expect((await gang).decided).toBe(1);
  });

  it("gives up when a node is not placed in time, counted from the first", async () => {
    const { clock, node, place, gang } = start(3);
    await clock.advance(3_600_000);
    place(0);
    await clock.advance(500_000);
    place(1);
    node(2).report({ kind: "waiting", jobId: "node-2", reason: "memory exhausted on 1 node", at: 0 });
    await clock.advance(101_000);
    const { outcomes, decided } = await gang;
    expect([decided, outcomes[2]?.kind, outcomes[2]?.retriable]).toEqual([2, "unplaced", true]);
    expect(outcomes[2]?.sentence).toBe("Only 2 of 3 nodes could be placed within 10 min (memory exhausted on 1 node).");
  });

  it("goes on for as long as it takes once all are placed", async () => {
    const { clock, node, place, gang } = start(2);
    place(0);
    place(1);
    await clock.advance(3_600_000);
    for (const index of [0, 1]) node(index).end(ended(`node-${index}`, "succeeded"));
    expect((await gang).outcomes.every(({ kind }) => kind === "succeeded")).toBe(true);
  });

  it("stops all when one cannot be launched, or nobody wants them any more", async () => {
    const broken = start(2);
    broken.node(1).end(new Error("refused"));
    await expect(broken.gang).rejects.toThrow("refused");
    const unwanted = start(2);
    unwanted.cancel.abort();
    expect((await unwanted.gang).outcomes.map(({ sentence }) => sentence)).toEqual(["interrupted", "interrupted"]);
  });
});
