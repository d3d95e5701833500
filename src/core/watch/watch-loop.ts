import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";
import type { MetricsSink } from "../contracts/metrics.js";
import type { NomadWatcher, Sighting, WatchScope } from "../contracts/watcher.js";
import { describeError, LauncherError } from "../errors/launcher-error.js";
import { byJob } from "./by-job.js";
import { TrackedJob } from "./tracked-job.js";

/** How long a lower rung is kept before the better one is tried again, in milliseconds. */
const climbAfterMs = 60_000;
/** Pause before the ladder starts over when every rung has failed, in milliseconds. */
const restartAfterMs = 2_000;

/** How long a better rung must have held before it counts as taken, in milliseconds: else one that breaks at once would be news each minute. */
const settleMs = 20_000;
/** How long every rung may be refused before running jobs are given up, in milliseconds: a token is being renewed, a proxy answers for Nomad. */
const hopelessMs = 30_000;

/** What a watch loop is made from. */
export interface WatchParts {
  /** The ladder, best rung first. */
  readonly ladder: readonly NomadWatcher[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where to count failures and changes, and under which site. */
  readonly metrics?: MetricsSink;
  readonly site?: string;
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
  /** The rung that shows the jobs, as it was told last; undefined while none does. */
  #told: number | undefined;
  #everSeen = false;
  #hopelessSince: number | undefined;

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
      this.#tellBlind();
      this.#giveUpIfHopeless();
      await clock.sleep(restartAfterMs, signal).catch(() => undefined);
      return 0;
    }
    const turn = new AbortController();
    const ended = AbortSignal.any([signal, turn.signal]);
    if (rung > 0) void this.#climbLater(turn, signal);
    let any = false;
    try {
      for await (const sighting of watcher.watch(this.#view(), ended)) {
        if (!any) void this.#tellRung(rung, ended);
        any = true;
        this.#show(sighting);
      }
      return 0;
    } catch (error) {
      if (ended.aborted) return 0;
      this.#lastError = error;
      logger.debug({ watcher: watcher.name, error: describeError(error) }, "watching failed");
      this.#count("watch_failures", watcher.name);
      return rung + 1;
    } finally {
      turn.abort();
    }
  }

  /** News nobody can read end the job they are about; the others go on. */
  #show(sighting: Sighting): void {
    this.#everSeen = true;
    this.#hopelessSince = undefined;
    for (const [jobId, own] of byJob(sighting)) {
      const job = this.#jobs.get(jobId);
      const failure = sighting.unreadable?.get(jobId);
      if (failure === undefined) job?.see(own);
      else job?.fail(failure);
    }
  }

  /** Says once that another rung shows the jobs now; of a better one, when it has held for a while. */
  async #tellRung(rung: number, ended: AbortSignal): Promise<void> {
    const { ladder, clock, logger } = this.parts;
    const before = this.#told;
    const first = before === undefined && this.#lastError === undefined;
    if (before !== undefined && rung < before && !(await held(clock, ended))) return;
    this.#told = rung;
    const watcher = ladder[rung]?.name;
    if (first || rung === before) return;
    this.#count("watch_changes", String(watcher));
    const down = rung > (before ?? 0);
    const why = { watcher, ...(down && { error: describeError(this.#lastError) }) };
    logger.warn(
      why,
      `Nomad is watched by ${String(watcher)} ${down ? "from now on, since a better way failed" : "again"}.`,
    );
  }

  #count(name: "watch_failures" | "watch_changes", watcher: string): void {
    const { metrics, site = "" } = this.parts;
    metrics?.add(name, { site, watcher });
  }

  /** Says once that no rung shows the jobs. */
  #tellBlind(): void {
    const { logger } = this.parts;
    if (this.#told === undefined && this.#everSeen) return;
    this.#told = undefined;
    const error = describeError(this.#lastError);
    logger.warn({ error }, "Nomad cannot be watched at the moment; it is tried again every few seconds.");
  }

  /**
   * When even the last rung was refused for good (a revoked token), waiting would never end. What was seen before is given
   * some time: its jobs are running, and the next token or server may be on its way.
   */
  #giveUpIfHopeless(): void {
    const error = this.#lastError;
    if (!(error instanceof LauncherError) || error.retryable) {
      this.#hopelessSince = undefined;
      return;
    }
    const now = this.parts.clock.now();
    this.#hopelessSince ??= now;
    if (this.#everSeen && now - this.#hopelessSince < hopelessMs) return;
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

/** Whether a rung goes on for long enough to count. */
function held(clock: Clock, ended: AbortSignal): Promise<boolean> {
  return clock.sleep(settleMs, ended).then(
    () => true,
    () => false,
  );
}
