import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../contracts/clock.js";

/** A longer timer would fire at once, in milliseconds (24.8 days). */
const longest = 2 ** 31 - 1;

/** The machine's own clock: the one place that reads time and starts timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      for (let left = ms; left > 0; left -= longest) await delay(Math.min(left, longest), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
  random: () => Math.random(),
};
