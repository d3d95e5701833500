import { createHash, randomBytes } from "node:crypto";
import { type FSWatcher, mkdirSync, readdirSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../contracts/clock.js";

/** How often to look for hosts that died without a word, in milliseconds. */
const lookMs = 30_000;

/**
 * Counts this user's hosts on this machine that use one Nomad address, each a file named after its process.
 *
 * Nomad limits connections per client address (100), so parallel runs must share them. No lock and no master: every host
 * divides by the same number. Where the folder cannot be written, a host believes itself alone.
 */
export class Neighbours implements AsyncDisposable {
  readonly #folder: string;
  readonly #own = `${process.pid}-${randomBytes(4).toString("hex")}`;
  readonly #stop = new AbortController();
  #watcher: FSWatcher | undefined;
  #known = 1;
  #looking = Promise.resolve();

  constructor(
    address: string,
    private readonly clock: Clock,
    private readonly onCount: (hosts: number) => void,
    root: string = join(
      process.env["XDG_RUNTIME_DIR"] ?? tmpdir(),
      `metaflow-nomad-${String(process.getuid?.() ?? 0)}`,
    ),
  ) {
    this.#folder = join(root, createHash("sha256").update(address).digest("hex").slice(0, 16));
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (statSync(this.#folder).uid !== process.getuid?.()) return; // Somebody else's count is not to be believed.
      writeFileSync(join(this.#folder, this.#own), "");
      this.#watcher = watch(this.#folder, { persistent: false }, () => {
        this.#count();
      });
      this.#watcher.on("error", () => undefined);
      this.#count();
      this.#looking = this.#look();
    } catch {
      // Alone, as far as this host can know.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#watcher?.close();
    remove(join(this.#folder, this.#own));
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.clock.sleep(lookMs, this.#stop.signal).catch(() => undefined);
      this.#count();
    }
  }

  #count(): void {
    if (this.#stop.signal.aborted) return;
    const hosts = Math.max(1, this.#present().length);
    if (hosts === this.#known) return;
    this.#known = hosts;
    this.onCount(hosts);
  }

  #present(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => this.#isAlive(name));
    } catch {
      return [];
    }
  }

  #isAlive(name: string): boolean {
    try {
      process.kill(Number.parseInt(name, 10), 0);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EPERM") return true;
      remove(join(this.#folder, name));
      return false;
    }
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Not ours to remove, or never there.
  }
}
