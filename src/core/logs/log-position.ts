import type { LogMark } from "../contracts/log-sink.js";

/** Files remembered; Nomad keeps 10 per stream by default. */
const remembered = 64;

/**
 * Where a reader stands in a rotated log: bytes taken from each file.
 *
 * Nomad's `offset` counts from the oldest file still on disk, so a plain byte count is wrong once rotation has
 * deleted files; this keeps what is needed to notice and to translate.
 */
export class LogPosition {
  readonly #taken: Map<number, number>;
  #current: number;

  constructor(mark: LogMark = []) {
    this.#taken = new Map(mark);
    this.#current = mark.at(-1)?.[0] ?? -1;
  }

  /** Index of the file that is read; -1 before the first. */
  get current(): number {
    return this.#current;
  }

  /** Bytes taken of the file that is read. */
  get inCurrent(): number {
    return this.#taken.get(this.#current) ?? 0;
  }

  /** Offset to ask Nomad for, given the oldest file it still has. */
  offset(oldest: number): number {
    let sum = 0;
    for (const [file, bytes] of this.#taken) if (file >= oldest) sum += bytes;
    return sum;
  }

  /** Notes bytes as taken. */
  advance(fileIndex: number, bytes: number): void {
    this.#current = Math.max(this.#current, fileIndex);
    this.#taken.set(fileIndex, (this.#taken.get(fileIndex) ?? 0) + bytes);
    this.#taken.delete(fileIndex - remembered);
  }

  /** Goes on before the start of a file: what lies between is gone, with what was taken of the files before it. */
  skipTo(fileIndex: number): void {
    this.#current = fileIndex - 1;
    this.#taken.clear();
    // Nothing of it is left that could be read again to see whether the log goes on there.
    this.#taken.set(this.#current, 0);
  }

  /** The position as data. */
  mark(): LogMark {
    return [...this.#taken.entries()];
  }
}
