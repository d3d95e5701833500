import type { Clock } from "../../core/contracts/clock.js";

/** How long a pool that found no room for another worker waits until it asks again, in milliseconds. */
const roomPauseMs = 30_000;
/** Most workers of a pool whose size is `auto`, as of any pool. */
const largest = 500;

/** Most workers at a time: a number, or as many as Nomad has room for. */
export type PoolSize = number | "auto";

/** A pool's workers just now. */
export interface Crew {
  readonly have: number;
  /** Those that Nomad has no place for yet: it does not count them when it says how much room there is. */
  readonly unplaced: number;
  /** How often one was started or ended: Nomad's answer is about the crew it was asked with. */
  readonly changes: number;
}

export interface LimitParts {
  readonly size: PoolSize;
  readonly clock: Clock;
  readonly crew: () => Crew;
  /** How many of so many more workers would be placed now; undefined where Nomad does not say. */
  readonly room: (more: number) => Promise<number | undefined>;
  /** Told when there may be more than before. */
  readonly grown: (limit: number) => void;
  /** Told when there may be room again where there was none: nothing else may happen for hours that would ask. */
  readonly due: () => void;
  /** Aborts when the pool is over. */
  readonly signal: AbortSignal;
}

/** How many workers a pool may have just now. */
export class Limit {
  #most: number;
  #asking = false;
  /** Whether a worker was not placed a while ago. */
  #full = false;
  /** There is one while Nomad is left alone, for it has no room. */
  #pause: AbortController | undefined;

  constructor(private readonly parts: LimitParts) {
    this.#most = parts.size === "auto" ? 0 : parts.size;
  }

  /** Of so many that there is work for. */
  of(wanted: number): number {
    const { have } = this.parts.crew();
    return Math.min(wanted, this.#full ? Math.max(have, 1) : this.#most);
  }

  /** Where Nomad decides and there is work for more: asks it, and tells `grown`. */
  consider(wanted: number): void {
    const crew = this.parts.crew();
    const more = Math.min(wanted, largest) - crew.have;
    const asks = this.parts.size === "auto" && !this.#asking && this.#pause === undefined;
    // The same room would be found twice.
    if (asks && more > 0 && crew.unplaced === 0) void this.#ask(more, crew);
  }

  /** A worker was not placed: none is started for a while, but where there is none. */
  foundFull(): void {
    this.#full = true;
    this.#rest();
  }

  #rest(): void {
    const { clock, signal, due } = this.parts;
    this.#pause?.abort();
    const pause = (this.#pause = new AbortController());
    const over = () => {
      this.#pause = undefined;
      this.#full = false;
      due();
    };
    clock.sleep(roomPauseMs, AbortSignal.any([pause.signal, signal])).then(over, () => undefined);
  }

  async #ask(more: number, { have, changes }: Crew): Promise<void> {
    this.#asking = true;
    const room = (await this.parts.room(more)) ?? more;
    this.#asking = false;
    if (this.parts.crew().changes !== changes) {
      this.parts.due();
      return;
    }
    if (room < more) this.#rest();
    // One is started in any case: if it is not placed, its verdict says why.
    const most = Math.max(1, have + room);
    if (most > this.#most) this.parts.grown((this.#most = most));
    this.#most = most;
  }
}
