/** How many workers a queue is to have. */
export interface ScaleLimits {
  readonly messagesPerWorker: number;
  readonly min: number;
  readonly max: number;
}

/**
 * One worker for each full share of messages and one for the rest, within the limits; of an empty queue the least there may be.
 * With a `min` of 1 or more, the rule of the QueueBasedScaler of "Nomad Job Scheduling with Python".
 */
export function desiredCount(depth: number, { messagesPerWorker, min, max }: ScaleLimits): number {
  const wanted = depth <= 0 ? 0 : Math.floor(depth / messagesPerWorker) + 1;
  return Math.max(min, Math.min(max, wanted));
}

/**
 * What the last looks wanted, so that a queue that is empty for a moment ends no worker: a count goes up to what is wanted now,
 * and down to the most that was wanted during a whole cooldown.
 */
export class WantedCounts {
  #looks: { readonly at: number; readonly wanted: number }[] = [];

  constructor(private readonly cooldownMs: number) {}

  /** Takes a look's wish, and says what to go to. */
  goal(wanted: number, current: number, now: number): number {
    this.#looks.push({ at: now, wanted });
    // The newest look from before the window stays: with it, the window is covered whole.
    while (this.#looks[1] !== undefined && now - this.#looks[1].at >= this.cooldownMs) this.#looks.shift();
    if (wanted >= current) return wanted;
    const covered = now - (this.#looks[0]?.at ?? now) >= this.cooldownMs;
    return covered ? Math.min(current, Math.max(...this.#looks.map((look) => look.wanted))) : current;
  }

  /** Forgets: nobody knows what the queue was like in between. */
  clear(): void {
    this.#looks = [];
  }
}
