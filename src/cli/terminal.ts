import { once } from "node:events";
import type { ReadStream, WriteStream } from "node:tty";
import type { TerminalSize } from "../core/contracts/task-exec.js";

/** The terminal of this process, every key of it passed on: what was Ctrl-C here is Ctrl-C there. */
export class RawTerminal implements Disposable {
  /** Also where the process ends without coming back here. */
  readonly #restore = () => void this.stdin.setRawMode(false);

  constructor(
    private readonly stdin: ReadStream,
    private readonly stdout: WriteStream,
  ) {
    process.once("exit", this.#restore);
    stdin.setRawMode(true);
  }

  /** The size now, and again whenever the window changes it (SIGWINCH). */
  async *sizes(signal: AbortSignal): AsyncGenerator<TerminalSize> {
    while (!signal.aborted) {
      yield { height: this.stdout.rows, width: this.stdout.columns };
      await once(this.stdout, "resize", { signal }).catch(() => undefined);
    }
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#restore);
    this.#restore();
  }
}

const [tilde, dot, cr, lf] = [0x7e, 0x2e, 0x0d, 0x0a];

/** Passes keys on until `~.` is typed at the beginning of a line, which calls `leave`; `~~` there is one `~`. As in ssh. */
export async function* withEscape(
  keys: AsyncIterable<Uint8Array>,
  leave: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let state: "line start" | "tilde" | "in line" = "line start";
  for await (const chunk of keys) {
    const passed: number[] = [];
    for (const key of chunk) {
      if (state === "tilde" && key === dot) {
        if (passed.length > 0) yield Uint8Array.from(passed);
        leave();
        return;
      }
      if (state === "line start" && key === tilde) {
        state = "tilde";
        continue;
      }
      if (state === "tilde" && key !== tilde) passed.push(tilde);
      passed.push(key);
      state = key === cr || key === lf ? "line start" : "in line";
    }
    if (passed.length > 0) yield Uint8Array.from(passed);
  }
}
