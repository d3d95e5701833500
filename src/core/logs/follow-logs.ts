import type { Clock } from "../contracts/clock.js";
import type { LogSink, LogStream } from "../contracts/log-sink.js";
import type { Logger } from "../contracts/logger.js";
import type { NomadTransport } from "../contracts/transport.js";
import type { ConnectionBudget } from "./connection-budget.js";
import type { LogSource } from "./read-log.js";
import { StreamCopy } from "./stream-copy.js";

/** What following a task's logs needs. */
export interface FollowParts {
  readonly transport: NomadTransport;
  readonly budget: ConnectionBudget;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What to follow, and until when. */
export interface FollowTask extends Omit<LogSource, "stream"> {
  readonly sink: LogSink;
  /** Aborts when the task is over: what follows is the final drain. */
  readonly ended: AbortSignal;
  /** Silence, in milliseconds, after which the drain is complete; 0 where no line can come after the end. */
  readonly quietMs: number;
  /** Told when lines could not be read, or were gone before they were. */
  readonly onLoss: (reason: string) => void;
}

/** Copies both streams of a task into the sink until the task has ended and its last line has been read. */
export async function followLogs(task: FollowTask, parts: FollowParts, signal: AbortSignal): Promise<void> {
  await Promise.all([followStream("stdout", task, parts, signal), followStream("stderr", task, parts, signal)]);
  await task.sink.end();
}

async function followStream(stream: LogStream, task: FollowTask, parts: FollowParts, signal: AbortSignal) {
  const copy = new StreamCopy(stream, task, parts);
  await copy.whileRunning(signal);
  await copy.drain(signal);
}
