/**
 * What an interrupt does. By default Node ends at once, without exit handlers, and would leave builds and agents behind:
 * here it exits in order, unless somebody who cleans up by himself has asked for it.
 */
import { constants } from "node:os";

/** @type {((signal: NodeJS.Signals) => void)[]} */
const handlers = [(signal) => process.exit(128 + (constants.signals[signal] ?? 0))];

/** Begins to listen; entry points call it once. */
export function handleInterrupts() {
  for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => handlers.at(-1)?.(signal));
  }
}

/**
 * Hands interrupts to this handler while the work goes on.
 * @template T @param {(signal: NodeJS.Signals) => void} handler @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withInterrupts(handler, work) {
  handlers.push(handler);
  try {
    return await work();
  } finally {
    handlers.pop();
  }
}
