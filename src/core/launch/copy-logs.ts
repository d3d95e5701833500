import type { LogMark, LogSink, LogStream } from "../contracts/log-sink.js";
import { followLogs } from "../logs/follow-logs.js";
import type { Allocation } from "../model/allocation.js";
import type { JobState } from "../watch/job-state.js";
import { mainTask } from "./request-to-draft.js";
import { mainState, type Running, warn } from "./running.js";

/** How long to look for lines that arrive after a task's end, where its driver delivers them late, in milliseconds. */
const lateLinesMs = 1_500;
/** Nomad's own size of a log file, in MB. */
const usualFileMb = 10;
const newline = 10;
/** How much of a stream's end is kept, in bytes. */
const tailBytes = 2_048;

type Marks = Partial<Record<LogStream, LogMark>>;

/** Copies a task's output into its sink: of one allocation, or of several in turn where Nomad repeats the task. */
export class LogCopies {
  /** How far each allocation's output was read: a replaced one may come back. */
  readonly #marks = new Map<string, Marks>();
  /** Streams whose last line is not complete, and where they stand. */
  readonly #open = new Map<LogStream, LogMark>();
  #turn: { readonly over: AbortController; readonly done: Promise<void> } | undefined;
  /** The end of what each stream has shown. */
  readonly #tails = new Map<LogStream, Buffer>();
  /** Whether the output was read from its beginning, and without a loss. */
  #whole: boolean;
  #first = true;

  constructor(private readonly running: Running) {
    // Where an earlier host has read, a mark is there and has something in it.
    this.#whole = Object.values(running.launch.sink.resumeFrom ?? {}).every(({ length }) => length === 0);
  }

  /** The last that was printed, of both streams; undefined where some of it was not read here. */
  get lastWords(): string | undefined {
    return this.#whole ? [...this.#tails.values()].map(String).join("\n") : undefined;
  }

  /** Goes on with the output of the allocation that `started` finds, when it finds one. */
  async turn(started: (state: JobState) => Allocation | undefined): Promise<void> {
    await this.#finishTurn();
    for (const [stream, mark] of this.#open) await this.running.launch.sink.write(stream, Buffer.from("\n"), mark);
    this.#open.clear();
    const over = new AbortController();
    this.#turn = { over, done: this.#copy(started, over.signal) };
  }

  /** The task is over: reads what is left, and closes the sink. */
  async end(): Promise<void> {
    await this.#finishTurn();
    const lost = (error: unknown) => warn(this.running, `some output may be missing: ${String(error)}`);
    await Promise.resolve(this.running.launch.sink.end()).catch(lost);
  }

  async #finishTurn(): Promise<void> {
    this.#turn?.over.abort();
    await this.#turn?.done;
    this.#turn = undefined;
  }

  /** From the task's start to the final drain. Never rejects: losing lines is a warning. */
  async #copy(find: (state: JobState) => Allocation | undefined, over: AbortSignal): Promise<void> {
    const { tracked, job, draft, launch, context } = this.running;
    const started = await tracked.until(find, over).catch(() => find(tracked.state));
    if (started === undefined) return;
    const startedAt = Date.parse(mainState(started)?.StartedAt ?? "");
    launch.report({ kind: "started", jobId: job.ID, allocationId: started.ID, at: startedAt || context.clock.now() });
    const task = {
      allocationId: started.ID,
      task: mainTask,
      namespace: job.Namespace,
      ...(job.Region !== undefined && { region: job.Region }),
      sink: this.#sinkOf(started.ID),
      ended: over,
      fileBytes: (job.TaskGroups[0].Tasks[0].LogConfig?.MaxFileSizeMB ?? usualFileMb) * 1024 * 1024,
      quietMs: draft.driver.capabilities.lateLogs === false ? 0 : lateLinesMs,
      onLoss: (reason: string) => {
        this.#whole = false;
        warn(this.running, `some output may be missing: ${reason}`);
      },
    };
    // The drain must outlive a cancelled launch: what the task said while it was stopped is worth having.
    await followLogs(task, context, AbortSignal.any([])).catch((error: unknown) => task.onLoss(String(error)));
  }

  /** The sink as one allocation sees it: with its own marks, and not for it to close. */
  #sinkOf(allocationId: string): LogSink {
    const { sink } = this.running.launch;
    const marks: Marks = this.#marks.get(allocationId) ?? (this.#first ? { ...sink.resumeFrom } : {});
    this.#first = false;
    this.#marks.set(allocationId, marks);
    return {
      resumeFrom: { ...marks },
      write: (stream, bytes, mark) => {
        marks[stream] = mark;
        if (bytes.at(-1) === newline) this.#open.delete(stream);
        else this.#open.set(stream, mark);
        this.#tails.set(stream, tailOf(this.#tails.get(stream), bytes));
        return sink.write(stream, bytes, mark);
      },
      end: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

function tailOf(before: Buffer = Buffer.alloc(0), bytes: Uint8Array): Buffer {
  return Buffer.concat([before, bytes.subarray(-tailBytes)]).subarray(-tailBytes);
}
