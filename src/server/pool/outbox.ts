import type { HostMessage } from "./messages.js";

/** Messages on their way to a worker: the input of one exec session. */
export class Outbox {
  readonly #lines: string[] = [];
  #wake = new AbortController();
  #closed = false;

  push(message: HostMessage): void {
    this.#lines.push(`${JSON.stringify(message)}\n`);
    this.#wake.abort();
  }

  /** Ends the input: the session is over. */
  close(): void {
    this.#closed = true;
    this.#wake.abort();
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const lines = this.#lines.splice(0);
      if (lines.length > 0) yield Buffer.from(lines.join(""));
      else if (this.#closed) return;
      else await this.#news();
    }
  }

  async #news(): Promise<void> {
    const { signal } = (this.#wake = new AbortController());
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}
