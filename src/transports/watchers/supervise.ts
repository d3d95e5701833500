import type { Sighting } from "../../core/contracts/watcher.js";
import { Inbox } from "./inbox.js";

/** Work that reports sightings until its signal aborts. */
export type WatchWork = (report: (sighting: Sighting) => void, signal: AbortSignal) => Promise<void>;

/**
 * Runs a watcher's work behind an iterator.
 *
 * Ends without an error when the caller's signal aborts; throws what the work throws. Leaving the loop aborts the work and
 * waits for it, so that its connections are closed by then.
 */
export async function* supervise(work: WatchWork, signal: AbortSignal): AsyncGenerator<Sighting, void, undefined> {
  if (signal.aborted) return;
  const left = new AbortController();
  const inbox = new Inbox<Sighting>();
  const stop = () => {
    inbox.close();
  };
  signal.addEventListener("abort", stop, { once: true });
  const running = work(
    (sighting) => {
      inbox.push(sighting);
    },
    AbortSignal.any([signal, left.signal]),
  ).then(
    () => {
      inbox.close();
    },
    (error: unknown) => {
      inbox.close(signal.aborted ? undefined : { error });
    },
  );
  try {
    yield* inbox.items();
  } finally {
    signal.removeEventListener("abort", stop);
    left.abort(new Error("nobody watches any more"));
    await running;
  }
}

/** Runs parts side by side; the first that fails ends the others. */
export async function together(
  parts: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | undefined;
  const guarded = parts.map(async (part) => {
    try {
      await part(both);
    } catch (error) {
      first ??= { error };
      failed.abort(error);
    }
  });
  await Promise.all(guarded);
  if (first !== undefined) throw first.error;
}

/** Waits for a promise, or rejects with the signal's reason: for promises of others that may not heed the signal. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", abort);
    });
  });
}
