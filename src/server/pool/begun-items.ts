import { type FileHandle, open, readFile } from "node:fs/promises";

/**
 * The list of items that were handed to a worker, in a file, a line each: a host that is started again does not hand
 * them out once more. One file, which only grows: to make and remove one for each item costs more than the rest of it.
 */
export class BegunItems implements AsyncDisposable {
  #file: Promise<FileHandle> | undefined;

  constructor(private readonly path: string) {}

  /** What hosts before this one have handed out. */
  async read(): Promise<ReadonlySet<string>> {
    const text = await readFile(this.path, "utf8").catch(() => "");
    return new Set(text.split("\n").slice(0, -1));
  }

  /** Notes an item; it is in the file when the promise resolves. */
  async add(name: string): Promise<void> {
    this.#file ??= this.#open();
    // A line that was cut by a full disk spoils none but itself.
    await (await this.#file).appendFile(`\n${name}\n`);
  }

  /** Where it cannot be opened just now, the next item tries again. */
  #open(): Promise<FileHandle> {
    const opened = open(this.path, "a", 0o600);
    opened.catch(() => (this.#file = undefined));
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#file)?.close();
  }
}
