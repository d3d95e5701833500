import type { LogSink } from "../contracts/log-sink.js";
import { followLogs } from "../logs/follow-logs.js";
import type { Allocation } from "../model/allocation.js";
import type { JobState } from "../watch/job-state.js";
import type { LaunchContext } from "./context.js";

/** One task of an allocation, whoever launched it. */
export interface TaskLogs {
  readonly allocationId: string;
  readonly jobId: string;
  readonly task: string;
  readonly namespace: string;
  readonly region?: string | undefined;
  readonly sink: LogSink;
  /** Whether to go on until the task has ended; else what there is now is all. */
  readonly follow: boolean;
  /** Told when lines could not be read, or were gone before they were. */
  readonly onLoss: (reason: string) => void;
}

/** Nomad's own size of a log file, in bytes. */
const usualFileBytes = 10 * 1024 * 1024;
/** How long to look for lines that a driver delivers after the task's end, in milliseconds. */
const lateLinesMs = 1_500;

/** Copies what a task has printed, and where wanted what it goes on to print. Ends with the task, or with the signal. */
export async function copyTaskLogs(
  { jobId, follow, region, ...task }: TaskLogs,
  context: LaunchContext,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const quietMs = follow ? lateLinesMs : 0;
  const source = { ...task, ...(region !== undefined && { region }), fileBytes: usualFileBytes, quietMs };
  if (!follow) {
    ended.abort(new Error("only what there is"));
    return followLogs({ ...source, ended: ended.signal }, context, signal);
  }
  using tracked = context.watchLoop(task.namespace, region).track(jobId);
  const find = (fits: (allocation: Allocation) => boolean) => (state: JobState) => {
    const allocation = state.allocations.get(task.allocationId);
    return allocation !== undefined && (fits(allocation) || isOver(allocation, task.task)) ? allocation : undefined;
  };
  await tracked.until(
    find(({ TaskStates }) => TaskStates?.[task.task]?.State === "running"),
    signal,
  );
  const over = tracked.until(
    find(() => false),
    signal,
  );
  void over.then(
    () => ended.abort(new Error("the task has ended")),
    () => ended.abort(new Error("not wanted any more")),
  );
  await followLogs({ ...source, ended: ended.signal }, context, signal);
}

function isOver({ ClientStatus, TaskStates }: Allocation, task: string): boolean {
  return TaskStates?.[task]?.State === "dead" || !["pending", "running", "unknown"].includes(ClientStatus);
}
