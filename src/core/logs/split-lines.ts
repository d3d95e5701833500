const newline = 0x0a;

/** Cuts bytes into lines at `\n`, whatever the borders of the pieces they arrive in: no character is ever split. */
export class LineSplitter {
  #held: Uint8Array[];
  #size: number;

  constructor(held: Uint8Array = new Uint8Array(0)) {
    this.#held = held.length > 0 ? [held] : [];
    this.#size = held.length;
  }

  /** How much is held back, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Feeds bytes; returns the lines they complete, without their newline. */
  push(bytes: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      lines.push(this.#complete(bytes.subarray(start, end)));
      start = end + 1;
    }
    // Copied, because the caller may reuse its buffer.
    if (start < bytes.length) this.#held.push(bytes.slice(start));
    this.#size += bytes.length - start;
    return lines;
  }

  /** What is held back: the beginning of a line that has not ended. */
  get rest(): Uint8Array {
    return this.#held.length === 1 ? (this.#held[0] ?? new Uint8Array(0)) : Buffer.concat(this.#held);
  }

  /** Hands out what is held back, for a line that is too long to wait for its end. */
  take(): Uint8Array {
    const { rest } = this;
    [this.#held, this.#size] = [[], 0];
    return rest;
  }

  #complete(tail: Uint8Array): Uint8Array {
    if (this.#held.length === 0) return tail;
    const line = Buffer.concat([...this.#held, tail]);
    [this.#held, this.#size] = [[], 0];
    return line;
  }
}
