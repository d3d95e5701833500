/** Leave to hold one connection open; dispose it to give it back. */
export type Permit = Disposable;

/**
 * Shares a fixed number of long connections among any number of tasks, first come first served.
 *
 * Nomad allows 100 connections per client address; two log streams per task would use them up at 50 tasks. Who gets no
 * permit reads in turns instead, over connections that are open anyway.
 */
export class ConnectionBudget {
  #free: number;

  constructor(private readonly size: number) {
    this.#free = size;
  }

  /**
   * A permit, if one is free.
   *
   * @param share the part of all permits that this kind of use may take, from 0 to 1: what matters less leaves some to
   *   what matters more.
   */
  take(share = 1): Permit | undefined {
    if (this.#free <= this.size * (1 - share)) return undefined;
    this.#free -= 1;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#free += 1;
        held = false;
      },
    };
  }
}
