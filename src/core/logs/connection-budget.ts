/** Leave to hold one connection open; dispose it to give it back. */
export interface Permit extends Disposable {
  /** Aborts when the connection must be given back now: others on this machine need it. */
  readonly recalled: AbortSignal;
}

/**
 * Shares a number of long connections among any number of tasks, first come first served.
 *
 * Nomad allows 100 connections per client address; two log streams per task would use them up at 50 tasks. Who gets no
 * permit reads in turns instead, over connections that are open anyway.
 */
export class ConnectionBudget {
  readonly #held = new Set<AbortController>();

  constructor(private size: number) {}

  /**
   * A permit, if one is free.
   *
   * @param share the part of all permits that this kind of use may take, from 0 to 1: what matters less leaves some to
   *   what matters more.
   */
  take(share = 1): Permit | undefined {
    if (this.#held.size >= this.size * share) return undefined;
    const holder = new AbortController();
    this.#held.add(holder);
    return { recalled: holder.signal, [Symbol.dispose]: () => void this.#held.delete(holder) };
  }

  /** Changes how many there are; the newest permits beyond that are recalled. */
  resize(size: number): void {
    this.size = size;
    const surplus = Math.max(0, this.#held.size - size);
    for (const holder of surplus === 0 ? [] : [...this.#held].slice(-surplus)) holder.abort();
  }
}
