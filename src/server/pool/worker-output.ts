import type { LogSink, LogStream } from "../../core/contracts/log-sink.js";

/** So much of the end of each stream is kept, in bytes. */
const most = 64 * 1024;

/** What a worker itself says: only looked at where it ends before it can serve, or while an item is in its hands. */
export class WorkerOutput implements LogSink {
  readonly #kept: { stream: LogStream; bytes: Uint8Array }[] = [];
  #size = 0;

  write(stream: LogStream, bytes: Uint8Array): void {
    this.#kept.push({ stream, bytes: bytes.slice() });
    this.#size += bytes.length;
    while (this.#size > most && this.#kept.length > 1) this.#size -= this.#kept.shift()?.bytes.length ?? 0;
  }

  end(): void {
    // Nothing is held back.
  }

  /** Gives it to the item that the worker's end is told to, as the item's own. */
  async copyTo(sink: LogSink): Promise<void> {
    const read = { stdout: 0, stderr: 0 };
    for (const { stream, bytes } of this.#kept) {
      read[stream] += bytes.length;
      await sink.write(stream, bytes, [[0, read[stream]]]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}
