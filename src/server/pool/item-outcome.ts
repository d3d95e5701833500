import type { Draft } from "../../core/launch/request-to-draft.js";
import { mainTask } from "../../core/launch/request-to-draft.js";
import { verdict, type VerdictContext } from "../../core/launch/verdict.js";
import type { Allocation } from "../../core/model/allocation.js";
import type { Outcome } from "../../core/model/outcome.js";
import type { Placement } from "../../core/model/progress.js";
import type { ItemExit } from "./messages.js";

/**
 * How an item ended, in the words of a task that had an allocation to itself: the fork server saw what Nomad's client
 * would have seen, and the same verdict is given on it.
 */
export function itemOutcome(
  end: ItemExit,
  { request, driver }: Draft,
  { allocationId, nodeName, nodeId, jobId, namespace }: Placement,
  memory: number,
  stoppedFor?: VerdictContext["stoppedFor"],
): Outcome {
  const event = {
    Type: "Terminated",
    Time: end.at * 1e9,
    ExitCode: end.code,
    Signal: end.signal,
    ...(end.oom && { Details: { oom_killed: "true" } }),
  };
  const failed = end.code !== 0;
  const allocation: Allocation = {
    ID: allocationId,
    JobID: jobId,
    Namespace: namespace,
    EvalID: "",
    NodeID: nodeId,
    NodeName: nodeName,
    TaskGroup: mainTask,
    ClientStatus: failed ? "failed" : "complete",
    DesiredStatus: "run",
    TaskStates: { [mainTask]: { State: "dead", Failed: failed, Events: [event] } },
    ...{ CreateTime: 0, ModifyTime: 0, CreateIndex: 0, ModifyIndex: 0 },
  };
  // The worker has set up all there is to set up: what an item's code means is the item's own.
  const context = { request: { ...request, jobId }, driver, memory, task: mainTask, triggers: [], lastWords: "" };
  return verdict(allocation, { ...context, ...(stoppedFor !== undefined && { stoppedFor }) });
}
