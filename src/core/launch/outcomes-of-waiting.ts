import type { Facts, WaitingFacts } from "./facts.js";
import { end, type Finding } from "./finding.js";

/** A job that was never placed: rows of the outcome table. */

export function stoppedWaiting({ waiting }: Facts): Finding | undefined {
  if (waiting?.deregistered !== true) return undefined;
  return end(
    "stopped",
    "The job was stopped by an operator before it was placed",
    "Find out who stopped it before running it again.",
    false,
  );
}

/** Full nodes empty. */
export function full({ waiting }: Facts): Finding | undefined {
  if (waiting?.problem?.busy !== true) return undefined;
  const advice = "Retry later, ask for less, or raise placementTimeoutMinutes of the site.";
  return unplaced(waiting, waiting.problem.reason, advice, true);
}

/** Wrong nodes stay wrong. */
export function unfit({ waiting }: Facts): Finding | undefined {
  if (waiting?.problem === undefined) return undefined;
  const advice = "Ask for less, or for other nodes; `nomad node status` shows those there are.";
  return unplaced(waiting, waiting.problem.reason, advice, false);
}

export function notConsidered({ waiting }: Facts): Finding | undefined {
  if (waiting === undefined) return undefined;
  return unplaced(waiting, "Nomad has not placed it", "Retry; `nomad eval list` shows what Nomad is busy with.", true);
}

function unplaced({ ask, waitedMs }: WaitingFacts, why: string, advice: string, retriable: boolean): Finding {
  const waited = `It asks for ${ask}; waited ${Math.round(waitedMs / 1000)} s`;
  return end("unplaced", `No node can run the task: ${why}. ${waited}`, advice, retriable);
}
