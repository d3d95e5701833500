import type { Clock } from "../../core/contracts/clock.js";

/** How long a pool that found no room for another worker waits until it asks again, in milliseconds. */
const roomPauseMs = 30_000;
/** Most workers of a pool whose size is `auto`, as of any pool. */
const largest = 500;

/** Most workers at a time: a number, or as many as Nomad has room for. */
export type PoolSize = number | "auto";

export interface LimitParts {
  readonly size: PoolSize;
  readonly clock: Clock;
  /** How many of so many more workers would be placed now; undefined where Nomad does not say. */
  readonly room: (more: number) => Promise<number | undefined>;
  /** Told when there may be more than before. */
  readonly grown: (limit: number) => void;
}

/** How many workers a pool may have just now. */
export class Limit {
  #most: number;
  #asking = false;
  #fullUntil = 0;
  #askAgainAt = 0;

  constructor(private readonly parts: LimitParts) {
    this.#most = parts.size === "auto" ? 0 : parts.size;
  }

  /** Of so many that there is work for. */
  of(wanted: number, have: number): number {
    return Math.min(wanted, this.#isFull ? Math.max(have, 1) : this.#most);
  }

  /** Where Nomad decides and there is work for more: asks it, and tells `grown`. */
  consider(wanted: number, have: number): void {
    const more = Math.min(wanted, largest) - have;
    const now = this.parts.clock.now();
    const asks = this.parts.size === "auto" && !this.#asking && now >= Math.max(this.#askAgainAt, this.#fullUntil);
    if (asks && more > 0) void this.#ask(more, have);
  }

  get #isFull(): boolean {
    return this.parts.clock.now() < this.#fullUntil;
  }

  /** A worker was not placed: none is started for a while, but where there is none. */
  foundFull(): void {
    this.#fullUntil = this.parts.clock.now() + roomPauseMs;
  }

  async #ask(more: number, have: number): Promise<void> {
    this.#asking = true;
    const room = (await this.parts.room(more)) ?? more;
    this.#asking = false;
    if (room < more) this.#askAgainAt = this.parts.clock.now() + roomPauseMs;
    // One is started in any case: if it is not placed, its verdict says why.
    const most = Math.max(1, have + room);
    if (most > this.#most) this.parts.grown((this.#most = most));
    this.#most = most;
  }
}
