import type { Sighting } from "../contracts/watcher.js";
import { type JobState, reduceJob, unseenJob } from "./job-state.js";

/** One watched job: its latest state, and a way to wait for the next. */
export class TrackedJob implements Disposable {
  #state: JobState;
  #failure: Error | undefined;
  readonly #waiters = new Set<() => void>();

  constructor(
    readonly jobId: string,
    private readonly forget: (job: TrackedJob) => void,
  ) {
    this.#state = unseenJob(jobId);
  }

  get state(): JobState {
    return this.#state;
  }

  /** Resolves with the first value `read` makes of a state that is not undefined; asks at once and after each change. */
  async until<T>(read: (state: JobState) => T | undefined, signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const value = read(this.#state);
      if (value !== undefined) return value;
      await this.#changed(signal);
    }
  }

  /** Called by the watch loop with what it saw. */
  see(sighting: Sighting): void {
    const next = reduceJob(this.#state, sighting);
    if (next === this.#state) return;
    this.#state = next;
    this.#wake();
  }

  /** Called by the watch loop when no rung of the ladder is left. */
  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.forget(this);
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
