import type { Facts } from "./facts.js";
import { end, endedByItself, type Finding } from "./finding.js";

/** What the launcher itself did, or could not see any more: rows of the outcome table. */

export function gangLate({ gang }: Facts): Finding | undefined {
  if (gang?.late === undefined) return undefined;
  const { placed, size, seconds, why } = gang.late;
  return end(
    "unplaced",
    `Only ${placed} of ${size} nodes could be placed within ${Math.round(seconds / 6) / 10} min (${why})`,
    "Ask for fewer or smaller nodes, or raise gangTimeoutMinutes of the site.",
    true,
  );
}

export function gangEnded({ gang }: Facts): Finding | undefined {
  if (gang === undefined) return undefined;
  return end("stopped", `The task was stopped because node ${gang.decidedBy} of the gang could not go on`, "", true);
}

/** Who listens to a worker is gone: what its tasks say from then on reaches nobody. */
export function workerCutOff({ worker }: Facts): Finding | undefined {
  if (worker !== "cut-off") return undefined;
  const sentence = "The launch host ended while the task ran on a worker of a pool, and the worker was stopped";
  return end("lost", sentence, "Retry: another attempt begins from the start.", true);
}

export function workerEnded({ worker }: Facts): Finding | undefined {
  if (worker !== "ended") return undefined;
  return end("unknown", "The worker that the task ran on ended before the task did", "See its output above.", true);
}

export function timeLimit({ stoppedFor, placed }: Facts): Finding | undefined {
  if (stoppedFor !== "time-limit" || placed === undefined) return undefined;
  // What ran too long may have been a task after it.
  if (placed.siblings.length > 0 && endedByItself(placed.run)) return undefined;
  return end(
    "timed-out",
    `The task ran longer than its time limit of ${duration(placed.request.timeoutSeconds ?? 0)} and was stopped`,
    "Raise timeout_minutes (or @timeout), or make the task faster.",
    true,
  );
}

export function interrupted({ stoppedFor }: Facts): Finding | undefined {
  if (stoppedFor !== "cancelled") return undefined;
  return end("stopped", "The task was stopped because the run was interrupted", "", true);
}

export function collected(facts: Facts): Finding | undefined {
  if (facts.collected !== true) return undefined;
  const node = facts.placed?.allocation.NodeName;
  return end(
    "unknown",
    `Nomad had collected the job before its end was seen${node === undefined ? "" : `; it was on node ${node}`}, so nobody knows how it ended`,
    "Retry. If it repeats, ask your ops team why jobs are collected so soon (`nomad system gc`, the servers' job_gc_threshold).",
    true,
  );
}

function duration(seconds: number): string {
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60} min` : `${seconds} s`;
}
