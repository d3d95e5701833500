import type { Clock } from "../core/contracts/clock.js";
import type { ApiCall } from "../core/contracts/transport.js";
import type { ErrorCode } from "../core/errors/catalogue.js";
import { LauncherError } from "../core/errors/launcher-error.js";

/** How long and how often to try again. */
export interface RetryLimits {
  /** Tries in all. */
  readonly tries: number;
  /** Upper bound of the first pause, in milliseconds; doubled from pause to pause. */
  readonly baseMs: number;
  /** Upper bound of any pause, in milliseconds. */
  readonly capMs: number;
  /** No new try later than this after the first failure, in milliseconds. */
  readonly budgetMs: number;
}

export const defaultRetryLimits: RetryLimits = { tries: 12, baseMs: 100, capMs: 3_000, budgetMs: 15_000 };

/** What `withRetry` needs besides the work. */
export interface RetryParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether another try of the failed work is right. */
  readonly mayRepeat: (error: LauncherError) => boolean;
  readonly limits?: RetryLimits;
  /** Whether the failed work may have been done all the same; what matters to nobody never was. */
  readonly mayHaveArrived?: (error: LauncherError) => boolean;
  /** Told before each pause. */
  readonly onPause?: (error: LauncherError, ms: number) => void;
}

/** Shortest pause after a 429, in milliseconds: the agent answers only ten of them per second before it goes silent. */
const busyFloorMs = 200;

/**
 * Repeats work that fails for passing reasons, with exponential backoff and full jitter.
 *
 * Gives up with the last error; with the first that may have arrived, where the last did not, so that nobody takes what was
 * perhaps done for undone. The pauses are at most `budgetMs` in all; an abort ends a pause at once.
 * Source of the jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function withRetry<T>(work: () => Promise<T>, parts: RetryParts): Promise<T> {
  const { clock, signal, limits = defaultRetryLimits, mayHaveArrived: arrived = () => false } = parts;
  let doubtful: LauncherError | undefined;
  let giveUpAt = Number.POSITIVE_INFINITY;
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LauncherError)) throw error;
      if (arrived(error)) doubtful ??= error;
      const last = isUnreachable(error) ? (doubtful ?? error) : error;
      if (failures >= limits.tries || !parts.mayRepeat(error)) throw last;
      giveUpAt = Math.min(giveUpAt, clock.now() + limits.budgetMs);
      const pause = pauseMs(error, failures, clock, limits);
      if (clock.now() + pause > giveUpAt) throw last;
      parts.onPause?.(error, pause);
      await clock.sleep(pause, signal);
    }
  }
}

/** Length of the pause after so many failures, in milliseconds. */
export function pauseMs(
  error: Pick<LauncherError, "code">,
  failures: number,
  clock: Clock,
  limits: RetryLimits = defaultRetryLimits,
): number {
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** (failures - 1));
  const floor = error.code === "NOMAD_E_API_BUSY" ? Math.min(busyFloorMs, limits.capMs) : 0;
  return floor + clock.random() * ceiling;
}

const isUnreachable = ({ code }: LauncherError) => code === "NOMAD_E_TRANSPORT_UNREACHABLE";

/** Failures after which it is certain that Nomad did nothing: even a POST may be repeated. */
const notHandled = new Set<ErrorCode>(["NOMAD_E_TRANSPORT_UNREACHABLE", "NOMAD_E_API_BUSY"]);

/** Whether Nomad may have done what a failed call asked for. */
export const mayHaveArrived = ({ code }: LauncherError) => !notHandled.has(code);

/**
 * Whether a failed call may be sent again.
 *
 * GET, PUT and DELETE may (a PUT of a job carries `EnforceIndex`, so that a second one is refused, not doubled). POST is for
 * calls that do something anew each time, such as dispatch.
 */
export function mayRepeat(method: ApiCall["method"], error: LauncherError): boolean {
  return error.retryable && (method !== "POST" || notHandled.has(error.code));
}
