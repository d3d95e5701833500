import type { Clock } from "../contracts/clock.js";
import { type Applicant, FollowPermits, type Permit } from "./follow-permits.js";
import { Turns } from "./turns.js";

/** Most connections that short looks use at once. */
const mostLooks = 6;
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

  constructor(size: number, clock: Clock) {
    const { looks, follows } = split(size);
    this.#permits = new FollowPermits(follows, clock);
    this.#looks = new Turns(looks);
  }

  /** A connection to follow a stream over, if there is one. */
  follow(applicant: Applicant): Promise<Permit | undefined> {
    return this.#permits.take(applicant);
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
    const { looks, follows } = split(size);
    this.#permits.resize(follows);
    this.#looks.resize(looks);
  }
}

/** One connection in four is for looks, and one at least. */
function split(size: number): { readonly looks: number; readonly follows: number } {
  const looks = Math.max(1, Math.min(mostLooks, Math.floor(size / 4)));
  return { looks, follows: Math.max(0, size - looks) };
}
