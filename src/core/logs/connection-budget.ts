/** Leave to hold one connection open; dispose it to give it back. */
export interface Permit extends Disposable {
  /** Whether others wait for a permit, so that a follower should make room. */
  readonly contended: boolean;
}

/**
 * Shares a fixed number of long connections among any number of tasks, first come first served.
 *
 * Nomad allows 100 connections per client address; two log streams per task would use them up at 50 tasks.
 */
export class ConnectionBudget {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Waits for a permit. */
  async acquire(signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    return this.#permit();
  }

  #permit(): Permit {
    let held = true;
    const queue = this.#queue;
    return {
      get contended() {
        return queue.length > 0;
      },
      [Symbol.dispose]: () => {
        if (held) this.#release();
        held = false;
      },
    };
  }

  #release(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(signal.reason);
      };
      this.#queue.push(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
