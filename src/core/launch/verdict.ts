import type { Allocation } from "../model/allocation.js";
import type { Outcome, OutcomeEvidence } from "../model/outcome.js";
import type { Facts, PlacedFacts } from "./facts.js";
import { outcomeTable } from "./outcome-table.js";

/** What only the launcher knows about how a placed attempt ended. */
export type VerdictContext = Omit<PlacedFacts, "allocation" | "run" | "restarts" | "siblings"> &
  Partial<Pick<PlacedFacts, "siblings">> &
  Pick<Facts, "stoppedFor" | "collected">;

/** Reads from an allocation, and from what the launcher did, how the attempt ended. Pure. */
export function verdict(allocation: Allocation, context: VerdictContext): Outcome {
  const { stoppedFor, collected, siblings = [], ...known } = context;
  const { Events, Restarts: restarts = 0 } = allocation.TaskStates?.[context.task] ?? {};
  const events = Events ?? [];
  // What an earlier run of the task did, before Nomad started it again, is not how it ended.
  const run = events.slice(events.findLastIndex(({ Type }) => Type === "Restarting") + 1);
  const facts: Facts = {
    placed: { ...known, allocation, run, restarts, siblings },
    ...(stoppedFor !== undefined && { stoppedFor }),
    ...(collected !== undefined && { collected }),
  };
  return {
    ...judge(facts, context.request.jobId, evidenceOf(allocation, events)),
    allocationId: allocation.ID,
    nodeName: allocation.NodeName,
  };
}

/** The first row of the outcome table that finds something. */
export function judge(facts: Facts, jobId: string, evidence: OutcomeEvidence = {}): Outcome {
  for (const { cause, find } of outcomeTable) {
    const finding = find(facts);
    if (finding !== undefined) return { ...finding, cause, jobId, evidence };
  }
  throw new Error(`no row of the outcome table takes ${JSON.stringify(Object.keys(facts))}`);
}

function evidenceOf(allocation: Allocation, taskEvents: OutcomeEvidence["taskEvents"] = []): OutcomeEvidence {
  const { ClientStatus, ClientDescription, DesiredStatus, DesiredDescription } = allocation;
  return {
    clientStatus: ClientStatus,
    desiredStatus: DesiredStatus,
    taskEvents,
    ...(ClientDescription && { clientDescription: ClientDescription }),
    ...(DesiredDescription && { desiredDescription: DesiredDescription }),
  };
}
