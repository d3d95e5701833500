import type { Socket } from "node:net";
import { LineSplitter } from "../core/logs/split-lines.js";

/** Longest line accepted before a connection is dropped, in bytes. */
const longestLine = 1 << 20;

/** One connection to the host: its incoming lines or bytes, and a way to send with back-pressure. */
export class Connection {
  readonly #closed = new AbortController();
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #splitter = new LineSplitter();
  readonly #lines: Uint8Array[] = [];

  constructor(private readonly socket: Socket) {
    socket.on("error", () => undefined);
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    socket.once("close", () => this.#closed.abort(new Error("the connection was closed")));
  }

  /** Aborts when the other side is gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Sends bytes; resolves when the other side keeps up, and at once when it is gone. */
  async send(bytes: Uint8Array | string): Promise<void> {
    if (this.#closed.signal.aborted || this.socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        this.socket.off("drain", go);
        this.socket.off("close", go);
        resolve();
      };
      this.socket.once("drain", go);
      this.socket.once("close", go);
    });
  }

  /** Sends what is left and closes. */
  end(): void {
    this.socket.end();
  }

  /** The next line; undefined when the other side has closed. */
  async line(): Promise<string | undefined> {
    while (this.#lines.length === 0) {
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      this.#lines.push(...this.#splitter.push(chunk.value));
      if (this.#splitter.size > longestLine) throw new RangeError("a line of the protocol is too long");
    }
    return Buffer.from(this.#lines.shift() ?? []).toString("utf8");
  }

  /** Resolves when the other side says anything more, or is gone. */
  async anything(): Promise<void> {
    if (this.#lines.length > 0 || this.#splitter.size > 0) return;
    await this.#chunks.next().catch(() => undefined);
  }
}
