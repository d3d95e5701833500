import type { Clock } from "../contracts/clock.js";

/**
 * Waits for work of a plugin's for at most so long, also when the work does not heed its signal.
 *
 * @throws Error when the time is up; what the work throws; the signal's reason.
 */
export async function withinLimit<T>(
  work: (signal: AbortSignal) => Promise<T>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(ms, either).then(() => {
    throw new Error(`it has not answered after ${ms / 1_000} s`);
  });
  try {
    return await Promise.race([work(either), late]);
  } finally {
    over.abort(new Error("nobody waits for it any more"));
    late.catch(() => undefined);
  }
}
