import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../contracts/clock.js";

/** The machine's own clock: the one place that reads time and starts timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
  random: () => Math.random(),
};
