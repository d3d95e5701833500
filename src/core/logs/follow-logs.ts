import type { Clock } from "../contracts/clock.js";
import type { LogSink, LogStream } from "../contracts/log-sink.js";
import type { Logger } from "../contracts/logger.js";
import type { NomadTransport } from "../contracts/transport.js";
import { describeError, LauncherError } from "../errors/launcher-error.js";
import type { ConnectionBudget, Permit } from "./connection-budget.js";
import { LogReader, type LogSource } from "./read-log.js";

/** Pause between two looks of a stream that shares connections: from, to, in milliseconds. */
const pauseMs = { from: 500, to: 5_000 };
/** The same for a stream that has shown nothing yet: most tasks never write to stderr. */
const silentPauseMs = 15_000;
/** Part of the connections that stderr streams may take: stdout is what people wait for. */
const share = { stdout: 1, stderr: 0.25 };
/** How often to look again for lines that arrive after the task's end, in milliseconds. */
const lateLookMs = 100;
/** Failed reads after which the rest of a log is given up, once its task is over. */
const maxFailures = 5;
/** Longest pause between two failed reads, in milliseconds: while a task runs, its node and Nomad are waited for. */
const longestRetryMs = 5_000;

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
  /** Told once when lines could not be read. */
  readonly onLoss: (reason: string) => void;
}

/** Copies both streams of a task into the sink until the task has ended and its last line has been read. */
export async function followLogs(task: FollowTask, parts: FollowParts, signal: AbortSignal): Promise<void> {
  await Promise.all([followStream("stdout", task, parts, signal), followStream("stderr", task, parts, signal)]);
  await task.sink.end();
}

async function followStream(stream: LogStream, task: FollowTask, parts: FollowParts, signal: AbortSignal) {
  const reader = new LogReader(parts.transport, { ...task, stream }, task.sink.resumeFrom?.[stream]);
  const copy = new StreamCopy(stream, reader, task, parts);
  await copy.whileRunning(signal);
  await copy.drain(signal);
}

/** Copies one stream; knows how much arrived and how often reading failed. */
class StreamCopy {
  #failures = 0;
  #hopeless = false;
  #pause = pauseMs.from;
  #any = false;

  constructor(
    private readonly stream: LogStream,
    private readonly reader: LogReader,
    private readonly task: FollowTask,
    private readonly parts: FollowParts,
  ) {}

  async whileRunning(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.task.ended]);
    while (!either.aborted && !this.#hopeless) {
      try {
        await this.#turn(either);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while the turn ran
        if (!either.aborted) await this.#recover(error, either);
      }
    }
  }

  /** Reads what is left; where lines may come late, looks again until none has come for a while. */
  async drain(signal: AbortSignal): Promise<void> {
    for (let quiet = 0; !signal.aborted && !this.#hopeless;) {
      try {
        quiet = (await this.#copy(false, signal)) > 0 ? 0 : quiet + lateLookMs;
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while the read ran
        if (signal.aborted) return;
        await this.#recover(error, signal, maxFailures);
        continue;
      }
      if (quiet > this.#quietMs) return;
      await this.parts.clock.sleep(lateLookMs, signal).catch(() => undefined);
    }
  }

  /** A stream that showed nothing yet is watched longer: its only line may be on its way. */
  get #quietMs(): number {
    return this.#any ? this.task.quietMs / 2 : this.task.quietMs;
  }

  /** Follows over a connection of its own while one is free; else looks once, and lets others look. */
  async #turn(signal: AbortSignal): Promise<void> {
    using permit = this.parts.budget.take(share[this.stream]);
    const copied = permit === undefined ? await this.#copy(false, signal) : await this.#follow(permit, signal);
    const cap = this.#any ? pauseMs.to : silentPauseMs;
    this.#pause = copied > 0 ? pauseMs.from : Math.min(this.#pause * 2, cap);
    // A followed stream ends by itself only when something is wrong: not at once again either.
    await this.parts.clock.sleep(this.#pause, signal);
  }

  /** Until the stream ends, or its connection is needed elsewhere; what was read so far stays read. */
  async #follow({ recalled }: Permit, signal: AbortSignal): Promise<number> {
    try {
      return await this.#copy(true, AbortSignal.any([signal, recalled]));
    } catch (error) {
      if (recalled.aborted && !signal.aborted) return 0;
      throw error;
    }
  }

  async #copy(follow: boolean, signal: AbortSignal): Promise<number> {
    let copied = 0;
    for await (const piece of this.reader.read(follow, signal)) {
      if (piece.lost === true) this.task.onLoss(`${this.stream}: lines were rotated away before they were read`);
      if (piece.bytes.length > 0) await this.task.sink.write(this.stream, piece.bytes, piece.mark);
      copied += piece.bytes.length;
      this.#failures = 0;
    }
    this.#any ||= copied > 0;
    return copied;
  }

  async #recover(error: unknown, signal: AbortSignal, most = Number.POSITIVE_INFINITY): Promise<void> {
    this.#failures += 1;
    const gone = error instanceof LauncherError && error.code === "NOMAD_E_API_NOT_FOUND";
    this.parts.logger.debug({ stream: this.stream, error: describeError(error) }, "log read failed");
    if (this.#failures >= most || (error instanceof LauncherError && !error.retryable && !gone)) {
      this.#hopeless = true;
      this.task.onLoss(`${this.stream}: ${describeError(error)}`);
      return;
    }
    const pause = Math.min(200 * 2 ** this.#failures, longestRetryMs);
    await this.parts.clock.sleep(pause, signal).catch(() => undefined);
  }
}
