import type { Clock } from "../contracts/clock.js";

/** Runs work for at most so long; undefined when the time is up first. `ms` undefined: no limit. */
export async function within<T>(
  ms: number | undefined,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (ms === undefined) return work(signal);
  const timeUp = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(Math.max(0, ms), AbortSignal.any([signal, done.signal])).then(
    () => timeUp.abort(),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, timeUp.signal]));
  } catch (error) {
    if (timeUp.signal.aborted && !signal.aborted) return undefined;
    throw error;
  } finally {
    done.abort();
    await timer;
  }
}
