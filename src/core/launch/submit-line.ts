import { Turns } from "../logs/turns.js";

/** Jobs that may wait for a node in Nomad at once: at first, and when its nodes are full. */
const most = 1_024;
const least = 64;
/** Registrations under way at once, with their repetitions: two for each connection keep all of them busy. */
const mostRegistering = 16;

/** A job's place in the line; dispose it when the job is over. */
export interface Place extends Disposable {
  registered(): void;
  blocked(): void;
  placed(): void;
}

/** The jobs of one shape: those in Nomad without a node, a few that are being registered, and those before it. */
export class SubmitLine {
  readonly #registering = new Turns(mostRegistering);
  readonly #inside = new Turns(most);
  /** Those before Nomad who do not know yet why. */
  readonly #untold = new Set<(reason: string) => void>();
  #size = most;
  #users = 0;
  /** How many wait for a node of which Nomad has said that it has none. */
  #blocked = 0;

  get empty(): boolean {
    return this.#users === 0;
  }

  /** Waits until one more may be registered. Rejects with the signal's reason. */
  async enter(signal: AbortSignal, tell: (reason: string) => void, left: () => void): Promise<Place> {
    this.#users += 1;
    this.#untold.add(tell);
    if (this.#full) this.#tell();
    const leave = () => {
      this.#users -= 1;
      left();
    };
    const turns: Disposable[] = [];
    try {
      // In this order: what becomes of the few that are registered decides about the others.
      turns.push(await this.#registering.take(signal));
      turns.push(await this.#inside.take(signal));
      return this.#place(turns, leave);
    } catch (error) {
      for (const turn of turns) turn[Symbol.dispose]();
      leave();
      throw error;
    } finally {
      this.#untold.delete(tell);
    }
  }

  get #full(): boolean {
    return this.#inside.busy >= this.#size;
  }

  #place(turns: readonly Disposable[], leave: () => void): Place {
    let [isBlocked, over] = [false, false];
    const end = () => {
      if (over) return;
      over = true;
      if (isBlocked) this.#blocked -= 1;
      for (const turn of turns) turn[Symbol.dispose]();
      leave();
    };
    return {
      registered: () => turns[0]?.[Symbol.dispose](),
      blocked: () => {
        if (isBlocked || over) return;
        isBlocked = true;
        this.#blocked += 1;
        this.#resize(Math.floor(this.#size / 2));
      },
      placed: () => {
        if (over) return;
        end();
        if (this.#blocked === 0) this.#resize(this.#size + 1);
      },
      [Symbol.dispose]: end,
    };
  }

  #resize(size: number): void {
    this.#size = Math.min(most, Math.max(least, size));
    this.#inside.resize(this.#size);
    if (this.#full) this.#tell();
  }

  #tell(): void {
    for (const tell of this.#untold) {
      tell(`not submitted yet: ${this.#inside.busy} jobs like it wait for a node in Nomad already`);
    }
    this.#untold.clear();
  }
}
