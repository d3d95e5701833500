import type { PlacedFacts } from "./facts.js";
import { end, endedByItself, type Finding, killed } from "./finding.js";

/** What the cluster or an operator did to the allocation: rows of the outcome table. */

const onNode = ({ allocation }: PlacedFacts) => `node ${allocation.NodeName}`;

export function lost(facts: PlacedFacts): Finding | undefined {
  return facts.allocation.ClientStatus === "lost" ? lostNode(facts) : undefined;
}

/** It may come back, but nobody waits for it any longer: the job was stopped, so that its copy ends then. */
export function silent(facts: PlacedFacts): Finding | undefined {
  return facts.allocation.ClientStatus === "unknown" ? lostNode(facts) : undefined;
}

function lostNode(facts: PlacedFacts): Finding {
  const advice = "Retry; if it repeats, ask your ops team about that node.";
  return end("lost", `Nomad lost contact with ${onNode(facts)} while the task was on it`, advice, true);
}

export function preempted(facts: PlacedFacts): Finding | undefined {
  const { PreemptedByAllocation, DesiredStatus } = facts.allocation;
  if (!PreemptedByAllocation && DesiredStatus !== "evict") return undefined;
  const sentence = `The task was evicted from ${onNode(facts)} for a job of higher priority`;
  return end("preempted", sentence, "Retry, or ask for a higher priority.", true);
}

/** `nomad alloc stop` marks the allocation for migration too; only the evaluation tells the two apart. */
export function drained(facts: PlacedFacts): Finding | undefined {
  const { allocation, run, triggers } = facts;
  const isDrained = allocation.DesiredTransition?.Migrate === true && triggers.includes("node-drain");
  if (!isDrained || !killed(run)) return undefined;
  const sentence = `The task was stopped because ${onNode(facts)} is being drained`;
  return end("drained", sentence, "Retry: the next attempt goes to another node.", true);
}

export function operatorStop({ allocation, run, triggers }: PlacedFacts): Finding | undefined {
  const stopped = allocation.DesiredStatus === "stop" || triggers.includes("job-deregister");
  if (!stopped || endedByItself(run)) return undefined;
  return end(
    "stopped",
    "The task was stopped by an operator (job or allocation stop)",
    "Find out who stopped it before running it again.",
    false,
  );
}
