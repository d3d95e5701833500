import type { Clock } from "../contracts/clock.js";

/** Silence after which a held connection may be taken for a stream that has something to say, in milliseconds. */
const quietMs = 5_000;

/** Leave to hold one connection open; dispose it to give it back. */
export interface Permit extends Disposable {
  /** Aborts when the connection must be given back now: others need it more. */
  readonly recalled: AbortSignal;
  /** Notes that something came over the connection. */
  heard(): void;
}

/** Who asks for a permit. */
export interface Applicant {
  /** The part of all permits that this kind of use may take, from 0 to 1: what matters less leaves some to the rest. */
  readonly share: number;
  /** Whether it brought something at its last look: then a connection that has long been silent gives way. */
  readonly eager: boolean;
}

interface Holder {
  readonly recall: AbortController;
  readonly gone: PromiseWithResolvers<undefined>;
  heardAt: number;
}

/** Connections that follow a log as it grows: first come first served, and the silent give way to those that speak. */
export class FollowPermits {
  readonly #held = new Set<Holder>();

  constructor(
    private size: number,
    private readonly clock: Clock,
    /** Told how many are held, whenever that changes. */
    private readonly onHeld: (held: number) => void = () => undefined,
  ) {}

  /** How many are held. */
  get held(): number {
    return this.#held.size;
  }

  /** A permit, if one is free or can be had from a silent holder. */
  async take({ share, eager }: Applicant): Promise<Permit | undefined> {
    const most = this.size * (eager ? 1 : share);
    if (eager && this.#held.size >= most) await this.#displace();
    return this.#held.size < most && most > 0 ? this.#give() : undefined;
  }

  /** Changes how many there are; the newest beyond that are recalled. */
  resize(size: number): void {
    this.size = size;
    const surplus = Math.max(0, this.#held.size - size);
    for (const { recall } of surplus === 0 ? [] : [...this.#held].slice(-surplus)) recall.abort();
  }

  #give(): Permit {
    const holder: Holder = { recall: new AbortController(), gone: Promise.withResolvers(), heardAt: this.clock.now() };
    this.#held.add(holder);
    this.onHeld(this.#held.size);
    return {
      recalled: holder.recall.signal,
      heard: () => void (holder.heardAt = this.clock.now()),
      [Symbol.dispose]: () => {
        this.#held.delete(holder);
        this.onHeld(this.#held.size);
        holder.gone.resolve(undefined);
      },
    };
  }

  /** Has the connection closed that has been silent the longest, and waits for that: the number is never exceeded. */
  async #displace(): Promise<void> {
    const silentSince = this.clock.now() - quietMs;
    const silent = [...this.#held].filter(({ recall, heardAt }) => !recall.signal.aborted && heardAt <= silentSince);
    const [longest] = silent.sort((a, b) => a.heardAt - b.heardAt);
    longest?.recall.abort();
    await longest?.gone.promise;
  }
}
