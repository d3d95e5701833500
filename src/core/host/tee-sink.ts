import type { Clock } from "../contracts/clock.js";
import type { LogSink, LogSinkFactory, LogSinkTask } from "../contracts/log-sink.js";
import { reasonOf } from "./plugin-report.js";
import { withinLimit } from "./within-limit.js";

/** Output a slow sink may leave waiting before it is given up, in bytes: memory is the launcher's, for all its tasks. */
const mostBytes = 4 * 1024 * 1024;
/** How long a sink may take to flush once the task is over, in milliseconds. */
const flushMs = 5_000;

/** A plugin's sink, and whose it is. */
export interface NamedSink {
  readonly name: string;
  readonly sink: LogSink;
}

/** Opens the plugins' sinks for one attempt; one that cannot be opened is told of, and the others are. */
export function openSinks(
  factories: ReadonlyMap<string, LogSinkFactory>,
  task: LogSinkTask,
  warn: TeeParts["warn"],
): readonly NamedSink[] {
  return [...factories].flatMap(([name, open]) => {
    try {
      const sink = open(task) as Partial<LogSink> | undefined;
      if (sink === undefined) return [];
      const { write, end, [Symbol.asyncDispose]: dispose } = sink;
      if ([write, end, dispose].every((method) => typeof method === "function"))
        return [{ name, sink: sink as LogSink }];
      throw new Error("it is no sink: write, end and [Symbol.asyncDispose] are functions of one");
    } catch (error) {
      warn(`the log sink ${name} gets none of the output: ${reasonOf(error)}`);
      return [];
    }
  });
}

/** What a tee needs. */
export interface TeeParts {
  readonly clock: Clock;
  /** Told once of each sink that is given up. */
  readonly warn: (message: string) => void;
}

/**
 * Passes output on to plugins' sinks beside the launcher's own. Only the own one sets the pace: a sink that throws, hangs or falls
 * behind is given up with a warning, and the task goes on.
 */
export function teeSink(main: LogSink, others: readonly NamedSink[], parts: TeeParts): LogSink {
  if (others.length === 0) return main;
  const branches = others.map((other) => new Branch(other, parts));
  return {
    ...(main.resumeFrom !== undefined && { resumeFrom: main.resumeFrom }),
    write(stream, bytes, mark) {
      // Whoever reads may use the same memory again.
      const copy = bytes.slice();
      for (const branch of branches) branch.push(copy.length, (sink) => sink.write(stream, copy, mark));
      return main.write(stream, bytes, mark);
    },
    async end() {
      await main.end();
      await Promise.all(branches.map((branch) => branch.finish()));
    },
    [Symbol.asyncDispose]: () => main[Symbol.asyncDispose](),
  };
}

/** One plugin's sink: gets its output in order, at its own pace, within limits. */
class Branch {
  #waiting = 0;
  #open = true;
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly named: NamedSink,
    private readonly parts: TeeParts,
  ) {}

  push(size: number, work: (sink: LogSink) => void | Promise<void>): void {
    if (!this.#open) return;
    if (this.#waiting + size > mostBytes) return this.#giveUp("it does not keep up with the output");
    this.#waiting += size;
    this.#last = this.#last.then(async () => {
      if (this.#open) await this.#attempt(() => work(this.named.sink));
      this.#waiting -= size;
    });
  }

  async finish(): Promise<void> {
    const flush = async () => {
      await this.#last;
      if (this.#open) await this.#attempt(() => this.named.sink.end());
      await this.#attempt(() => this.named.sink[Symbol.asyncDispose]());
    };
    const never = new AbortController().signal;
    await withinLimit(flush, flushMs, this.parts.clock, never).catch((error: unknown) => this.#giveUp(error));
  }

  async #attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(why: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.parts.warn(`the log sink ${this.named.name} gets no more of the output: ${reasonOf(why)}`);
  }
}
