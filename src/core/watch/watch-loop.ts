import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";
import type { NomadWatcher, WatchScope } from "../contracts/watcher.js";
import { describeError, LauncherError } from "../errors/launcher-error.js";
import { TrackedJob } from "./tracked-job.js";

/** How long a lower rung is kept before the better one is tried again, in milliseconds. */
const climbAfterMs = 60_000;
/** Pause before the ladder starts over when every rung has failed, in milliseconds. */
const restartAfterMs = 2_000;

/** What a watch loop is made from. */
export interface WatchParts {
  /** The ladder, best rung first. */
  readonly ladder: readonly NomadWatcher[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Watches every job of one namespace and region by one loop, however many tasks wait.
 *
 * ```
 *   event-stream ──fails──► blocking ──fails──► poll ──fails──► pause, then from the top
 *        ▲                      │                 │
 *        └──────── after 60 s ──┴─────────────────┘
 * ```
 */
export class WatchLoop implements AsyncDisposable {
  readonly #jobs = new Map<string, TrackedJob>();
  /** The same as the keys of the jobs, kept apart because watchers ask for it with every event. */
  readonly #ids = new Set<string>();
  readonly #growth = new Set<() => void>();
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #idle: AbortController | undefined;
  #lastError: unknown;

  constructor(
    private readonly scope: { readonly namespace: string; readonly region?: string },
    private readonly parts: WatchParts,
  ) {}

  /** Starts to watch a job; dispose what is returned to stop. */
  track(jobId: string): TrackedJob {
    const job = new TrackedJob(jobId, (gone) => this.#forget(gone));
    this.#jobs.set(jobId, job);
    this.#ids.add(jobId);
    for (const wake of [...this.#growth]) wake();
    this.#running ??= this.#run();
    return job;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new Error("watch loop closed"));
    this.#idle?.abort();
    await this.#running;
  }

  #forget(job: TrackedJob): void {
    if (this.#jobs.get(job.jobId) !== job) return;
    this.#jobs.delete(job.jobId);
    this.#ids.delete(job.jobId);
    if (this.#jobs.size === 0) this.#idle?.abort();
  }

  async #run(): Promise<void> {
    let rung = 0;
    while (this.#jobs.size > 0 && !this.#stopped.signal.aborted) {
      this.#idle = new AbortController();
      rung = await this.#watchOn(rung, AbortSignal.any([this.#stopped.signal, this.#idle.signal]));
    }
    this.#running = undefined;
  }

  /** Watches on one rung until it fails or it is time to climb; returns the rung to take next. */
  async #watchOn(rung: number, signal: AbortSignal): Promise<number> {
    const { ladder, clock, logger } = this.parts;
    const watcher = ladder[rung];
    if (watcher === undefined) {
      this.#giveUpIfHopeless();
      await clock.sleep(restartAfterMs, signal).catch(() => undefined);
      return 0;
    }
    const turn = new AbortController();
    if (rung > 0) void this.#climbLater(turn, signal);
    try {
      for await (const sighting of watcher.watch(this.#view(), AbortSignal.any([signal, turn.signal]))) {
        for (const job of this.#jobs.values()) job.see(sighting);
      }
      return 0;
    } catch (error) {
      if (signal.aborted || turn.signal.aborted) return 0;
      this.#lastError = error;
      logger.warn({ watcher: watcher.name, error: describeError(error) }, "watching failed; taking the next way");
      return rung + 1;
    } finally {
      turn.abort();
    }
  }

  /** When even the last rung was refused for good (a revoked token), waiting would never end. */
  #giveUpIfHopeless(): void {
    const error = this.#lastError;
    if (!(error instanceof LauncherError) || error.retryable) return;
    for (const job of this.#jobs.values()) job.fail(error);
  }

  async #climbLater(turn: AbortController, signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([turn.signal, signal]);
    await this.parts.clock.sleep(climbAfterMs, ended).then(
      () => turn.abort(),
      () => undefined,
    );
  }

  #view(): WatchScope {
    return { ...this.scope, jobIds: () => this.#ids, grown: (signal) => this.#grown(signal) };
  }

  #grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#growth.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#growth.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
