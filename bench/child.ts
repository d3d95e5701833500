import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Another process of the bench, that prints one JSON value per line. */
export class Child<T> implements AsyncDisposable {
  readonly said: T[] = [];
  readonly #process: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(entry: string, args: readonly (string | number)[]) {
    const file = join(import.meta.dirname, `${entry}.bundle.mjs`);
    this.#process = spawn(process.execPath, [file, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
    this.#gone = new Promise((resolve) => this.#process.once("exit", resolve));
    const lines = createInterface({ input: this.#process.stdout! });
    lines.on("line", (line) => this.said.push(JSON.parse(line) as T));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Waits until something it said passes. */
  async until(passes: (value: T) => boolean, seconds = 300): Promise<void> {
    for (let tries = 0; tries < seconds * 10; tries += 1) {
      if (this.said.some(passes)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it never came in ${String(seconds)} s`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#gone;
  }
}
