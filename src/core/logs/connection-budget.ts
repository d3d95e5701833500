import type { Clock } from "../contracts/clock.js";
import { type Applicant, FollowPermits, type Permit } from "./follow-permits.js";
import { Turns } from "./turns.js";

/** Connections that are always left for short looks. */
const leastLooks = 6;
/** Time between two looks of all streams together, in milliseconds: of those that bring something, and of the others. */
const spacingMs = { eager: 6, quiet: 20 };

/**
 * Shares a number of connections among the logs of any number of tasks.
 *
 * Nomad allows 100 connections per client address; two log streams per task would use them up at 50 tasks. So the streams
 * that say most are followed, each over a connection of its own, and the others are looked at in turns, over a few. A task
 * that has ended goes first: Nomad deletes the logs of ended tasks when others need the room. Nobody waits for ever: looks
 * are served in order, and their pace is such that all streams together ask for no more than some 160 looks a second.
 */
export class ConnectionBudget {
  readonly #permits: FollowPermits;
  readonly #looks: Turns;
  #streams = 0;

  constructor(
    private size: number,
    clock: Clock,
  ) {
    this.#permits = new FollowPermits(size - looksOf(size), clock, () => this.#balance());
    this.#looks = new Turns(size);
  }

  /** A connection to follow a stream over, if there is one. */
  async follow(applicant: Applicant): Promise<Permit | undefined> {
    const full = this.#permits.held + this.#looks.busy >= this.size;
    return full && !applicant.eager ? undefined : this.#permits.take(applicant);
  }

  /** Waits for leave to look at a stream once. */
  look(signal: AbortSignal, urgent = false): Promise<Disposable> {
    return this.#looks.take(signal, urgent);
  }

  /** Counts a stream as one that is read from now on; dispose it when its task is over. */
  enter(): Disposable {
    this.#streams += 1;
    return { [Symbol.dispose]: () => void (this.#streams -= 1) };
  }

  /** Streams that have a connection of their own now. */
  get followed(): number {
    return this.#permits.held;
  }

  /** Streams that share the others. */
  get inTurns(): number {
    return Math.max(0, this.#streams - this.#permits.held);
  }

  /** Shortest pause between two looks at one stream, in milliseconds: the more streams share, the longer. */
  pauseMs(eager: boolean): number {
    return (this.#streams - this.#permits.held) * (eager ? spacingMs.eager : spacingMs.quiet);
  }

  /** Changes the number of connections; the newest followed streams beyond it are looked at in turns from now on. */
  resize(size: number): void {
    this.size = size;
    this.#permits.resize(size - looksOf(size));
    this.#balance();
  }

  /** What nobody follows over is for looks: many tasks may end at once. */
  #balance(): void {
    this.#looks.resize(Math.max(looksOf(this.size), this.size - this.#permits.held));
  }
}

/** One connection in four is for looks, and one at least. */
function looksOf(size: number): number {
  return Math.max(1, Math.min(leastLooks, Math.floor(size / 4)));
}
