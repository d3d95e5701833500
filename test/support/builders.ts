import type { Sighting } from "../../src/core/contracts/watcher.js";
import type { Allocation, TaskEvent } from "../../src/core/model/allocation.js";

/** An allocation of job `job`, running on node `n1`. */
export function allocation(over: Partial<Allocation>): Allocation {
  return {
    ID: "alloc-1",
    JobID: "job",
    Namespace: "default",
    EvalID: "eval-1",
    NodeID: "node-1",
    NodeName: "n1",
    TaskGroup: "main",
    ClientStatus: "running",
    DesiredStatus: "run",
    CreateTime: 1,
    ModifyTime: 1,
    CreateIndex: 1,
    ModifyIndex: 1,
    ...over,
  };
}

/** A finished allocation whose main task had these events. */
export function finished(events: readonly Partial<TaskEvent>[], over: Partial<Allocation> = {}): Allocation {
  const Events = events.map((event) => ({ Type: "Received", Time: 1, ExitCode: 0, ...event }));
  return allocation({ ClientStatus: "failed", TaskStates: { main: { State: "dead", Failed: true, Events } }, ...over });
}

export function sighting(allocations: readonly Allocation[]): Sighting {
  return { index: 1, allocations, evaluations: [] };
}

/** What a plugin's author has, under the names that our own tests use. */
export {
  testFeatureContext as featureContext,
  testRequest as request,
  testSite as site,
} from "../../src/testing/builders.js";
