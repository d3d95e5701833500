import type { LogSink, LogStream } from "../../core/contracts/log-sink.js";
import type { LaunchProgress } from "../../core/model/progress.js";
import type { Beginning, ItemEnd, Offsets } from "./messages.js";

/** One task, as a pool runs it. */
export interface Item {
  /** Unique in its run; a file's name, too. */
  readonly name: string;
  /** The words after the step's name. */
  readonly words: readonly string[];
  readonly sink: LogSink;
  readonly report: (progress: LaunchProgress) => void;
  /** Says something about its pool in its log. */
  readonly tell?: (line: string) => void;
  /** Called before it is given to a worker: from then on it may have begun. */
  readonly handedOut?: () => Promise<void>;
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** An item that was handed to a worker: what has come of it so far. */
export class Flight {
  readonly #read = { stdout: 0, stderr: 0 };
  #taken: Promise<unknown> = Promise.resolve();
  readonly started = Promise.withResolvers<Beginning>();
  readonly ended = Promise.withResolvers<ItemEnd>();

  constructor(readonly item: Item) {}

  /** How much of its output is here. */
  get offsets(): Offsets {
    return this.#read;
  }

  /** Takes a piece of output; what is here already is left out, as after a session that was cut. */
  take(stream: LogStream, offset: number, data: Uint8Array): Promise<void> {
    // One after the other: the last pieces of a session that was cut may still be on their way into the log.
    const taken = this.#taken.then(() => this.#keep(stream, offset, data));
    this.#taken = taken.catch(() => undefined);
    return taken;
  }

  /** Takes its end, after all output that came before it. */
  async end(end: ItemEnd): Promise<void> {
    await this.#taken;
    this.ended.resolve(end);
  }

  async #keep(stream: LogStream, offset: number, data: Uint8Array): Promise<void> {
    const known = this.#read[stream] - offset;
    if (known < 0) throw new RangeError(`output of ${this.item.name} is missing before byte ${String(offset)}`);
    if (known >= data.length) return;
    const fresh = data.subarray(known);
    this.#read[stream] += fresh.length;
    await this.item.sink.write(stream, fresh, [[0, this.#read[stream]]]);
  }
}
