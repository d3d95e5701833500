import type { DriverDiagnosis, TaskDriver } from "../contracts/task-driver.js";
import type { Allocation, TaskEvent } from "../model/allocation.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Outcome } from "../model/outcome.js";
import { end, endedByItself, type Finding, killed, messageOf, signalName, terminated } from "./finding.js";
import { preparationFailure } from "./preparation-failure.js";
import { type Sibling, siblingFailure } from "./sibling-failure.js";

/** What only the launcher knows about how an attempt ended. */
export interface VerdictContext {
  readonly request: LaunchRequest;
  readonly driver: TaskDriver;
  /** Name of the main task in the allocation. */
  readonly task: string;
  /** The tasks around it. */
  readonly siblings?: readonly Sibling[];
  /** Memory limit of the task in MB. */
  readonly memory: number;
  /** What triggered the job's evaluations (`job-register`, `node-drain`, `alloc-stop`…). */
  readonly triggers: readonly string[];
  /** Why the launcher itself stopped the job, if it did. */
  readonly stoppedFor?: "time-limit" | "cancelled";
}

/**
 * Reads from a finished allocation how the attempt ended. Pure.
 *
 * Order matters: Nomad calls an allocation `complete` also when it was stopped or drained, and puts `ExitCode: 0` on
 * every event, so success needs a `Terminated` event with code 0 and nobody who wanted the task gone.
 */
export function verdict(allocation: Allocation, context: VerdictContext): Outcome {
  const { Events, Restarts = 0 } = allocation.TaskStates?.[context.task] ?? {};
  const events = Events ?? [];
  // What an earlier run of the task did, before Nomad started it again, is not how it ended.
  const run = events.slice(events.findLastIndex(({ Type }) => Type === "Restarting") + 1);
  const finding =
    ownStop(run, context) ??
    clusterAction(allocation, run, context) ??
    siblingFailure(allocation, context.task, context.siblings ?? []) ??
    preparationFailure(run) ??
    afterRestarts(taskEnd(run, context, allocation.NodeName), Restarts) ??
    driverFailure(run, context) ??
    unexplained(allocation, run);
  const { jobId } = context.request;
  return {
    ...finding,
    jobId,
    allocationId: allocation.ID,
    nodeName: allocation.NodeName,
    evidence: {
      clientStatus: allocation.ClientStatus,
      desiredStatus: allocation.DesiredStatus,
      taskEvents: events,
      ...(allocation.ClientDescription && { clientDescription: allocation.ClientDescription }),
      ...(allocation.DesiredDescription && { desiredDescription: allocation.DesiredDescription }),
    },
  };
}

function ownStop(events: readonly TaskEvent[], context: VerdictContext): Finding | undefined {
  const { stoppedFor, request, siblings = [] } = context;
  // What ran too long may have been a task after it.
  const inTime = siblings.length > 0 && endedByItself(events);
  if (stoppedFor === "time-limit" && !inTime) {
    const limit = duration(request.timeoutSeconds ?? 0);
    return end(
      "timed-out",
      `The task ran longer than its time limit of ${limit} and was stopped`,
      "Raise timeout_minutes (or @timeout), or make the task faster.",
      true,
    );
  }
  if (stoppedFor === "cancelled")
    return end("stopped", "The task was stopped because the run was interrupted", "", true);
  return undefined;
}

/** Things the cluster or an operator did to the allocation. */
function clusterAction(
  allocation: Allocation,
  events: readonly TaskEvent[],
  { triggers }: VerdictContext,
): Finding | undefined {
  const on = `node ${allocation.NodeName}`;
  if (allocation.ClientStatus === "lost" || allocation.ClientStatus === "unknown") {
    return end(
      "lost",
      `Nomad lost contact with ${on} while the task was on it`,
      "Retry; if it repeats, ask your ops team about that node.",
      true,
    );
  }
  if (allocation.PreemptedByAllocation || allocation.DesiredStatus === "evict") {
    return end(
      "preempted",
      `The task was evicted from ${on} for a job of higher priority`,
      "Retry, or ask for a higher priority.",
      true,
    );
  }
  // `nomad alloc stop` marks the allocation for migration too; only the evaluation tells the two apart.
  const drained = allocation.DesiredTransition?.Migrate === true && triggers.includes("node-drain");
  if (drained && killed(events)) {
    return end(
      "drained",
      `The task was stopped because ${on} is being drained`,
      "Retry: the next attempt goes to another node.",
      true,
    );
  }
  const stopped = allocation.DesiredStatus === "stop" || triggers.includes("job-deregister");
  if (stopped && !endedByItself(events)) {
    return end(
      "stopped",
      "The task was stopped by an operator (job or allocation stop)",
      "Find out who stopped it before running it again.",
      false,
    );
  }
  return undefined;
}

function taskEnd(events: readonly TaskEvent[], context: VerdictContext, node: string): Finding | undefined {
  const last = terminated(events);
  if (last === undefined) return undefined;
  const exitCode = last.ExitCode ?? 0;
  const signal = last.Signal ?? 0;
  const code = { exitCode, ...(signal > 0 && { signal }) };
  if (last.Details?.["oom_killed"] === "true") return { ...outOfMemory(context, ""), ...code };
  if (exitCode === 0 && signal === 0) return { ...end("succeeded", "The task finished", "", false), ...code };
  const meaning = context.request.exitMeanings?.[String(exitCode)];
  if (meaning !== undefined) {
    return { kind: "failed", ...meaning, sentence: meaning.sentence.replaceAll("{node}", node), ...code };
  }
  if (looksLikeMemory(exitCode, signal, events, context)) {
    return { ...outOfMemory(context, " (it was killed by the kernel, and nobody had asked Nomad for it)"), ...code };
  }
  const how = signal > 0 ? `was ended by signal ${signalName(signal)}` : `exited with code ${exitCode}`;
  const advice = `See its output above.${isSigkill(exitCode, signal) ? memoryHint(context) : ""}`;
  return { ...end("failed", `The task ${how}`, advice, true), ...code };
}

function afterRestarts(finding: Finding | undefined, restarts: number): Finding | undefined {
  if (finding?.kind !== "failed" || restarts === 0) return finding;
  const times = `${restarts} restart${restarts === 1 ? "" : "s"}`;
  return { ...finding, sentence: finding.sentence.replace(/\.$/, `, after ${times}.`) };
}

/** Where Nomad limits memory by cgroups (raw_exec does so too, as root), the kernel's kill looks like anybody's. */
function memoryHint({ memory }: VerdictContext): string {
  return ` If nobody sent that signal, the kernel did: the task may have used more than its ${memory} MB of memory.`;
}

const isSigkill = (exitCode: number, signal: number) => exitCode === 137 || signal === 9;

/** 137 alone is ambiguous: a stop that times out gives it too. On cgroup v2 Nomad often misses an out-of-memory kill. */
function looksLikeMemory(exitCode: number, signal: number, events: readonly TaskEvent[], context: VerdictContext) {
  return isSigkill(exitCode, signal) && !killed(events) && context.driver.capabilities.filesystem === "isolated";
}

function outOfMemory(context: VerdictContext, how: string): Finding {
  const sentence = `The task ran out of memory: it had ${context.memory} MB${how}`;
  return end("oom-killed", sentence, `Ask for more, e.g. memory=${context.memory * 2}, or use less.`, true);
}

function driverFailure(events: readonly TaskEvent[], context: VerdictContext): Finding | undefined {
  const diagnosis: DriverDiagnosis | undefined = context.driver.explain?.(events, context.request);
  if (diagnosis !== undefined) return { ...diagnosis, sentence: diagnosis.sentence.replace(/\.$/, "") + "." };
  const failure = events.findLast((event) => /failure|failed|error/i.test(event.Type) && messageOf(event) !== "");
  if (failure === undefined) return undefined;
  const sentence = `The task could not be started by driver ${context.driver.name}: ${messageOf(failure)}`;
  return end(
    "driver-failed",
    sentence,
    "The message is the driver's own; `nomad alloc status` and your ops team can tell more.",
    true,
  );
}

function unexplained(allocation: Allocation, events: readonly TaskEvent[]): Finding {
  const last = events.at(-1);
  const said = allocation.ClientDescription || (last && messageOf(last)) || allocation.ClientStatus;
  return end(
    "unknown",
    `The task ended without a result; Nomad says: ${said}`,
    "See `nomad alloc status` for it.",
    true,
  );
}

function duration(seconds: number): string {
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60} min` : `${seconds} s`;
}
