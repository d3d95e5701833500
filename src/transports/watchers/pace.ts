import type { Clock } from "../../core/contracts/clock.js";
import type { Sighting } from "../../core/contracts/watcher.js";
import type { Growth } from "./growth.js";

/** Sleeps, but not longer than until the scope gains a job. */
export async function sleepOrGrow(ms: number, clock: Clock, growth: Growth, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.race([clock.sleep(ms, either), growth.stirred(either)]);
  } finally {
    over.abort(new Error("waited long enough"));
  }
}

/** Tells a complete list that says something new from one that repeats the last. */
export class News {
  #last: string | undefined;

  isNew({ allocations, evaluations, complete, unreadable }: Sighting): boolean {
    const versions = [...allocations, ...evaluations].map(({ ID, ModifyIndex }) => `${ID}:${String(ModifyIndex)}`);
    const jobs = [...(complete ?? []), ...(unreadable?.keys() ?? [])];
    const now = [...versions.sort(), ...jobs.sort()].join();
    const isNew = now !== this.#last;
    this.#last = now;
    return isNew;
  }
}
