/** Things that wait for somebody to take them, one at a time, first come first served. */
export class Queue<T> {
  readonly #waiting: T[] = [];
  readonly #takers: ((thing: T | undefined) => void)[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** The one that has waited longest. */
  get first(): T | undefined {
    return this.#waiting[0];
  }

  put(thing: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#waiting.push(thing);
    else taker(thing);
  }

  /** The next one, at once; undefined where there is none. */
  shift(): T | undefined {
    return this.#waiting.shift();
  }

  /** Takes one out of the middle; false where somebody has it already. */
  remove(thing: T): boolean {
    const at = this.#waiting.indexOf(thing);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Waits for the next one; undefined when the signal aborts first. */
  async take(signal: AbortSignal): Promise<T | undefined> {
    const present = signal.aborted ? undefined : this.#waiting.shift();
    if (present !== undefined || signal.aborted) return present;
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const leave = () => {
      const at = this.#takers.indexOf(resolve);
      if (at >= 0) this.#takers.splice(at, 1);
      resolve(undefined);
    };
    this.#takers.push(resolve);
    signal.addEventListener("abort", leave, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }
}
