import { plainText } from "../core/errors/plain-text.js";
import type { LaunchProgress, Placement } from "../core/model/progress.js";
import type { Outcome } from "../core/model/outcome.js";

/** What a user reads about a launch while it goes; empty where there is nothing to say. */
export function tellProgress(progress: LaunchProgress): string[] {
  return linesOf(progress).map(plainText);
}

function linesOf(progress: LaunchProgress): string[] {
  switch (progress.kind) {
    case "waiting":
      return [`Nomad job ${progress.jobId} waits for a node: ${progress.reason}.`];
    case "placed":
      return tellPlacement(progress.placement);
    case "warning":
      return [`Warning: ${progress.message}.`];
    case "ended":
      return tellOutcome(progress.outcome);
    default:
      return [];
  }
}

function tellPlacement({ jobId, allocationId, nodeName, namespace, region, task, item }: Placement): string[] {
  if (item !== undefined)
    return [`Nomad job ${jobId}, allocation ${allocationId}, node ${nodeName}: a worker's item ${item}`];
  const where = `${namespace === "default" ? "" : ` -namespace ${namespace}`}${region === undefined ? "" : ` -region ${region}`}`;
  return [
    `Nomad job ${jobId}, allocation ${allocationId}, node ${nodeName}; logs: nomad alloc logs${where} ${allocationId} ${task}`,
  ];
}

function tellOutcome(outcome: Outcome): string[] {
  if (outcome.kind === "succeeded") return [];
  return [`${outcome.sentence} ${outcome.advice}`.trim()];
}

/** The exit code a shell would show for an outcome. */
export function exitCodeOf({ kind, exitCode = 0, signal = 0 }: Outcome): number {
  if (kind === "succeeded") return 0;
  if (exitCode > 0) return exitCode;
  return signal > 0 ? 128 + signal : 1;
}
