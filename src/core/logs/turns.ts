/** Lets so many work at once; who comes later waits: the urgent first, else in the order they came. */
export class Turns {
  #busy = 0;
  readonly #urgent: (() => void)[] = [];
  readonly #usual: (() => void)[] = [];

  constructor(private atOnce: number) {}

  /** How many have a turn at this moment. */
  get busy(): number {
    return this.#busy;
  }

  /** Waits for a turn; dispose it to let the next one in. Rejects with the signal's reason when it aborts first. */
  take(signal: AbortSignal, urgent = false): Promise<Disposable> {
    const queue = urgent ? this.#urgent : this.#usual;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        queue.splice(queue.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve(this.#turn());
      };
      signal.addEventListener("abort", leave, { once: true });
      queue.push(enter);
      this.#letIn();
    });
  }

  /** Changes how many may work at once; who works already goes on. */
  resize(atOnce: number): void {
    this.atOnce = atOnce;
    this.#letIn();
  }

  #turn(): Disposable {
    this.#busy += 1;
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#busy -= 1;
        this.#letIn();
      },
    };
  }

  #letIn(): void {
    while (this.#busy < this.atOnce) {
      const enter = this.#urgent.shift() ?? this.#usual.shift();
      if (enter === undefined) return;
      enter();
    }
  }
}
