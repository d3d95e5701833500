import type { HostMessage } from "./messages.js";

/** Messages on their way to a worker: the input of one exec session. */
export class Outbox {
  readonly #lines: string[] = [];
  #wake = Promise.withResolvers<void>();
  #closed = false;

  push(message: HostMessage): void {
    this.#lines.push(`${JSON.stringify(message)}\n`);
    this.#wake.resolve();
  }

  /** Ends the input: the session is over. */
  close(): void {
    this.#closed = true;
    this.#wake.resolve();
  }

  async *read(): AsyncGenerator<Uint8Array> {
    while (!this.#closed) {
      const lines = this.#lines.splice(0);
      if (lines.length > 0) yield Buffer.from(lines.join(""));
      else await this.#wake.promise;
      if (this.#lines.length === 0 && !this.#closed) this.#wake = Promise.withResolvers();
    }
  }
}
