import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";
import { describeError, LauncherError } from "../errors/launcher-error.js";

/** How long a stop is tried on that Nomad did not take, in milliseconds: a network that is gone comes back, as a rule. */
const owedMs = 600_000;
/** How long one try may take, and the pause after it, in milliseconds: together well below 10 s. */
const tryMs = 4_000;
const pauseMs = 2_000;
/** When to look again for a job whose registration was given up, in milliseconds. */
const recheckMs = [500, 1_500, 3_000] as const;

/** Stops one job; rejects when Nomad did not take it. */
export type Stop = (signal: AbortSignal) => Promise<void>;

/**
 * Jobs that nobody wants any more and that could not be stopped yet. Whoever waited for their end has been told; the stop
 * itself is tried on for ten minutes, so that no job is left once Nomad can be reached again.
 */
export class OwedStops implements AsyncDisposable {
  readonly #owed = new Set<Promise<void>>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** How many are owed at the moment. */
  get size(): number {
    return this.#owed.size;
  }

  /** Goes on trying; whether there is any sense in that. */
  add(jobId: string, stop: Stop, failure: unknown): boolean {
    if (!isPassing(failure)) return false;
    const paying = this.#pay(jobId, stop).finally(() => this.#owed.delete(paying));
    this.#owed.add(paying);
    return true;
  }

  /**
   * Looks again a moment later whether a stop is needed after all: a registration that was given up while it was under way may
   * arrive after its stop.
   */
  recheck(jobId: string, stop: Stop): void {
    const paying = this.#lookAgain(jobId, stop).finally(() => this.#owed.delete(paying));
    this.#owed.add(paying);
  }

  /** Waits until none is owed. */
  async [Symbol.asyncDispose](): Promise<void> {
    // A look that is waited for may find that another stop is owed.
    while (this.#owed.size > 0) await Promise.all(this.#owed);
  }

  async #lookAgain(jobId: string, stop: Stop): Promise<void> {
    for (const pause of recheckMs) {
      await this.clock.sleep(pause, AbortSignal.any([]));
      await stop(AbortSignal.timeout(tryMs)).catch((error: unknown) => this.add(jobId, stop, error));
    }
  }

  async #pay(jobId: string, stop: Stop): Promise<void> {
    const never = AbortSignal.any([]);
    const giveUpAt = this.clock.now() + owedMs;
    while (this.clock.now() < giveUpAt) {
      await this.clock.sleep(pauseMs, never);
      try {
        await stop(AbortSignal.timeout(tryMs));
        this.logger.info({ job: jobId }, "stopped at last");
        return;
      } catch (error) {
        this.logger.debug({ job: jobId, error: describeError(error) }, "still not stopped");
        if (!isPassing(error)) return;
      }
    }
    this.logger.warn({ job: jobId }, "given up: the job could not be stopped");
  }
}

/** What nobody answered may be answered later; a refusal stays one. */
export const isPassing = (error: unknown) => !(error instanceof LauncherError) || error.retryable;
