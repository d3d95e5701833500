import type { WatchScope } from "../../core/contracts/watcher.js";
import { unlessAborted } from "./supervise.js";

/** Keeps track of which jobs of a scope have been looked at. */
export class Growth {
  #seen = new Set<string>();

  constructor(private readonly scope: WatchScope) {}

  /** All jobs of the scope; they count as looked at from now on. */
  all(): ReadonlySet<string> {
    this.#seen = new Set(this.scope.jobIds());
    return this.#seen;
  }

  /** The jobs that came since the last look, of some; they count as looked at from now on. */
  fresh(among: ReadonlySet<string>): ReadonlySet<string> {
    const fresh = new Set([...this.unseen()].filter((id) => among.has(id)));
    for (const jobId of fresh) this.#seen.add(jobId);
    return fresh;
  }

  /** Counts a job as looked at: all of it has been told in another way. */
  saw(jobId: string): void {
    this.#seen.add(jobId);
  }

  /** Waits until a job is in the scope that was not looked at. */
  async stirred(signal: AbortSignal): Promise<void> {
    const left = new AbortController();
    try {
      for (;;) {
        signal.throwIfAborted();
        // Asked for before the set is read: a job that comes in between must wake us too.
        const grown = unlessAborted(this.scope.grown(AbortSignal.any([signal, left.signal])), signal);
        grown.catch(() => undefined);
        if (this.unseen().size > 0) return;
        await grown;
      }
    } finally {
      left.abort(new Error("not waited for any more"));
    }
  }

  /** The jobs that nobody has looked at. */
  unseen(): ReadonlySet<string> {
    return new Set([...this.scope.jobIds()].filter((id) => !this.#seen.has(id)));
  }
}
