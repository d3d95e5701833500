/** A reply with what its headers say. */
export interface Reply<T> {
  readonly value: T;
  /** Index of the state that was read: what `index` of the next call waits for. 0 where the endpoint has none. */
  readonly index: number;
  /** Where the next page of a list begins; absent after the last. */
  readonly nextToken?: string;
}

/** What a query asks beyond its own options. */
export interface Ask {
  readonly index?: number;
  readonly perPage?: number;
  readonly nextToken?: string;
}

/** Sends a query, once for each call. */
export type Send<T> = (ask: Ask) => Promise<Reply<T>>;

/** Entries per page, where nobody says how many. */
const usualPage = 100;

/**
 * A read, sent when it is awaited: `await client.jobs.read("job")`.
 *
 * `reply()` gives the index too. Awaiting one query twice sends it once.
 */
export class Query<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = "Query";
  #value: Promise<T> | undefined;

  constructor(protected readonly send: Send<T>) {}

  /** Sends the query: its value, index, and where the next page begins. */
  reply(): Promise<Reply<T>> {
    return this.send({});
  }

  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#once().then(done, failed);
  }

  catch<B = never>(failed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#once().catch(failed);
  }

  finally(settled?: (() => void) | null): Promise<T> {
    return this.#once().finally(settled);
  }

  async #once(): Promise<T> {
    this.#value ??= this.send({}).then(({ value }) => value);
    return this.#value;
  }
}

/** A read that can wait for changes. */
export class WatchableQuery<T> extends Query<T> {
  constructor(
    send: Send<T>,
    private readonly rest: () => Promise<void>,
  ) {
    super(send);
  }

  /**
   * What is there now, and again after each change, until the loop is left or the signal aborts (then it throws the reason).
   *
   * Blocking queries: one connection while it waits. An index that goes backwards means another history (a restored server):
   * it is then asked anew. Where an endpoint does not block, it is asked once a second.
   * Source: https://developer.hashicorp.com/nomad/api-docs#blocking-queries
   */
  async *watch(): AsyncGenerator<Reply<T>, void, undefined> {
    let ask: Ask = {};
    for (let last = 0; ;) {
      const reply = await this.send(ask);
      const { index } = reply;
      const again = index < last;
      if (!again && (index !== last || index === 0)) yield reply;
      // No index, or one that did not move: what does not wait must not be asked in a tight loop.
      if (index === last) await this.rest();
      last = again ? 0 : index;
      ask = { index: last };
    }
  }
}

/** A list; awaited, it is an array. */
export class ListQuery<T> extends WatchableQuery<readonly T[]> {
  /** The list page by page (`perPage`, default 100); one page where the endpoint knows no pages. */
  async *pages(): AsyncGenerator<readonly T[], void, undefined> {
    let ask: Ask = { perPage: usualPage };
    for (;;) {
      const { value, nextToken } = await this.send(ask);
      yield value;
      if (nextToken === undefined) return;
      ask = { ...ask, nextToken };
    }
  }
}
