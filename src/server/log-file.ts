import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** A log file in Metaflow's datastore (or its spool), appended to as lines arrive; made when the first one does. */
export class LogFile implements AsyncDisposable {
  #handle: FileHandle | undefined;
  #size: number;

  /** @param size bytes of an earlier host's writing to keep; what follows them is written anew. */
  constructor(
    private readonly path: string,
    size = 0,
  ) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#handle ??= await this.#open();
    await this.#handle.write(bytes, 0, bytes.length, this.#size);
    this.#size += bytes.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Metaflow reads the file of every finished task, so there is one even where nothing was printed.
    this.#handle ??= await this.#open();
    await this.#handle.close();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await open(this.path, this.#size > 0 ? "r+" : "w", 0o600);
    if (this.#size > 0) await handle.truncate(this.#size);
    return handle;
  }
}
