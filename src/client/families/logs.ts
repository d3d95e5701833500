import type { LogMark, LogStream } from "../../core/contracts/log-sink.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import { type LogPiece, LogReader } from "../../core/logs/read-log.js";
import type { Caller } from "../caller.js";
import type { CallOptions } from "../options.js";
import { path } from "../path.js";
import type * as Nomad from "../types/nomad.js";

/** Which of a task's outputs, and from where. */
export interface LogOptions extends CallOptions {
  /** Default `stdout`. */
  readonly stream?: LogStream | undefined;
  /** Go on after this mark: the `mark` of the last piece that was read. Default: from the oldest byte Nomad has. */
  readonly after?: LogMark | undefined;
}

/** Failures in a row after which following gives up. */
const mostFailures = 8;
/** Pause after a failure, in milliseconds, doubled from one to the next; and between two looks for the last bytes. */
const pauseMs = { first: 250, longest: 5_000, late: 300 };
/** Nomad's own size of a log file, in megabytes. Source: https://developer.hashicorp.com/nomad/docs/job-specification/logs */
const usualMegabytes = 10;
/** Looks without news after which a log that has ended is complete. */
const quietLooks = 3;

/** The output of tasks. Source: https://developer.hashicorp.com/nomad/api-docs/client#stream-logs */
export class Logs {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /client/fs/logs/:id. What is there now. */
  async *read(allocationId: string, task: string, options: LogOptions = {}): AsyncGenerator<LogPiece, void, undefined> {
    const reader = await this.#readerOf(allocationId, task, options);
    yield* withBytes(reader.read(false, this.#call.signalOf(options)));
  }

  /**
   * What is there now and what is added, until the task has ended and its last byte is read. Goes on by file and offset
   * where a connection breaks, across rotation and restarts of the task.
   *
   * A piece's `lostBytes` says how many bytes rotation took away before they were read; that is never hidden.
   * @throws LauncherError when the log cannot be read any more.
   */
  async *follow(
    allocationId: string,
    task: string,
    options: LogOptions = {},
  ): AsyncGenerator<LogPiece, void, undefined> {
    const reader = await this.#readerOf(allocationId, task, options);
    const signal = this.#call.signalOf(options);
    const ended = new AbortController();
    const left = new AbortController();
    const watching = this.#untilEnded(allocationId, task, {
      ...options,
      signal: AbortSignal.any([signal, left.signal]),
    })
      .catch(() => undefined)
      .finally(() => ended.abort());
    try {
      const until = AbortSignal.any([signal, ended.signal]);
      yield* this.#persist(() => reader.read(true, until), until, signal);
      for (let quiet = 0; quiet < quietLooks; quiet += 1) {
        for await (const piece of this.#persist(() => reader.read(false, signal), undefined, signal)) {
          quiet = 0;
          yield piece;
        }
        await this.#call.parts.clock.sleep(pauseMs.late, signal);
      }
    } finally {
      left.abort();
      await watching;
    }
  }

  /** Reads, again and again until the signal aborts where there is one, else to the end; failures that pass are waited out. */
  async *#persist(
    read: () => AsyncIterable<LogPiece>,
    until: AbortSignal | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LogPiece, void, undefined> {
    for (let failures = 0; until?.aborted !== true;) {
      try {
        for await (const piece of withBytes(read())) {
          failures = 0;
          yield piece;
        }
        if (until === undefined) return;
      } catch (error) {
        signal.throwIfAborted();
        if (isAborted(until)) return;
        failures += 1;
        if (failures > mostFailures || !passes(error)) throw coded(error);
      }
      const pause = Math.min(pauseMs.longest, pauseMs.first * 2 ** failures);
      await this.#call.parts.clock.sleep(pause, until ?? signal).catch(() => undefined);
      signal.throwIfAborted();
    }
  }

  async #untilEnded(allocationId: string, task: string, options: CallOptions): Promise<void> {
    const query = this.#call.read<Nomad.Allocation>(path`/allocation/${allocationId}`, options);
    for await (const { value } of query.watch()) {
      const state = value.TaskStates?.[task]?.State;
      if (state === "dead" || over.has(value.ClientStatus)) return;
    }
  }

  async #readerOf(allocationId: string, task: string, options: LogOptions): Promise<LogReader> {
    const { stream = "stdout", after } = options;
    const fileBytes = await this.#fileBytesOf(allocationId, task, options);
    const source = { allocationId, task, stream, fileBytes, ...this.#call.placeOf(options) };
    return new LogReader(this.#call.parts.transport, source, after);
  }

  /** Who may read logs may be forbidden to read the job: then Nomad's default has to do. */
  async #fileBytesOf(allocationId: string, task: string, options: CallOptions): Promise<number> {
    const megabytes = await this.#call.read<Nomad.Allocation>(path`/allocation/${allocationId}`, options).then(
      ({ Job, TaskGroup }) =>
        Job?.TaskGroups?.find(({ Name }) => Name === TaskGroup)?.Tasks?.find(({ Name }) => Name === task)?.LogConfig
          ?.MaxFileSizeMB,
      (error: unknown) => {
        if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return undefined;
        throw error;
      },
    );
    return (megabytes ?? usualMegabytes) * 1024 * 1024;
  }
}

const over = new Set(["complete", "failed", "lost"]);

/** Heartbeats are no news. */
async function* withBytes(pieces: AsyncIterable<LogPiece>): AsyncGenerator<LogPiece, void, undefined> {
  for await (const piece of pieces) if (piece.bytes.length > 0 || piece.lostBytes !== undefined) yield piece;
}

/** A log that is not there may be one of a task that has not started. */
function passes(error: unknown): boolean {
  return error instanceof LauncherError && (error.retryable || error.code === "NOMAD_E_API_NOT_FOUND");
}

/** A reader that finds another log than the one it has read says so in words. */
function coded(error: unknown): unknown {
  if (error instanceof LauncherError || !(error instanceof Error)) return error;
  return new LauncherError(
    "NOMAD_E_API_REPLY",
    { call: "GET /client/fs/logs", problem: error.message },
    { cause: error },
  );
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
