import type { Sighting, WatchScope } from "../contracts/watcher.js";
import { LauncherError } from "../errors/launcher-error.js";
import { byJob } from "./by-job.js";
import { RungNews, type WatchParts } from "./rung-news.js";
import { TrackedJob } from "./tracked-job.js";

/** How long a lower rung is kept before the better one is tried again, in milliseconds. */
const climbAfterMs = 60_000;
/** Pause before the ladder starts over when every rung has failed, in milliseconds. */
const restartAfterMs = 2_000;
/** How long every rung may be refused before running jobs are given up, in milliseconds: a token is being renewed, a proxy answers for Nomad. */
const hopelessMs = 30_000;

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
  readonly #news: RungNews;
  #everSeen = false;
  #hopelessSince: number | undefined;

  constructor(
    private readonly scope: { readonly namespace: string; readonly region?: string },
    private readonly parts: WatchParts,
  ) {
    this.#news = new RungNews(parts);
  }

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
    const { ladder, clock } = this.parts;
    const watcher = ladder[rung];
    if (watcher === undefined) {
      this.#news.blind(this.#everSeen);
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
        if (!any) void this.#news.shows(rung, ended);
        any = true;
        this.#show(sighting);
      }
      return 0;
    } catch (error) {
      if (ended.aborted) return 0;
      this.#news.failed(watcher.name, error);
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

  /**
   * When even the last rung was refused for good (a revoked token), waiting would never end. What was seen before is given
   * some time: its jobs are running, and the next token or server may be on its way.
   */
  #giveUpIfHopeless(): void {
    const error = this.#news.lastError;
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
