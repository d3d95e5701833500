import type { Clock } from "../contracts/clock.js";
import type { LogStream } from "../contracts/log-sink.js";

/** Shortest time between two reports, in milliseconds: a log that overflows all the time must not drown the task's lines. */
const restMs = 10_000;

/** Tells how much of a stream was rotated away unread: the first time at once, then now and then, and at the end. */
export class Losses {
  #bytes = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stream: LogStream,
    private readonly clock: Clock,
    private readonly tell: (reason: string) => void,
  ) {}

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.clock.now() - this.#toldAt >= restMs) this.flush();
  }

  /** Tells what has not been told yet. */
  flush(): void {
    if (this.#bytes === 0) return;
    const size = this.#bytes.toLocaleString("en-US");
    this.tell(
      `${this.stream}: Nomad rotated up to ${size} bytes away before they were read; more or larger log files (logs) keep more`,
    );
    this.#bytes = 0;
    this.#toldAt = this.clock.now();
  }
}
