import type { ApiCall, ApiReply, NomadTransport } from "../core/contracts/transport.js";
import type { NomadWatcher, Sighting, WatchScope } from "../core/contracts/watcher.js";

/** Passes calls on and counts those that are open. */
export class CountingTransport implements NomadTransport {
  readonly address: string;
  /** Calls and streams that have not ended. */
  open = 0;

  constructor(private readonly inner: NomadTransport) {
    this.address = inner.address;
  }

  async request(call: ApiCall, signal: AbortSignal): Promise<ApiReply> {
    this.open += 1;
    try {
      return await this.inner.request(call, signal);
    } finally {
      this.open -= 1;
    }
  }

  async stream(call: ApiCall, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const bytes = await this.inner.stream(call, signal);
    this.open += 1;
    return this.#counted(bytes);
  }

  async *#counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } finally {
      this.open -= 1;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** A running watch that remembers what it has seen. */
export class Watching implements WatchScope {
  readonly namespace = "default";
  readonly sightings: Sighting[] = [];
  readonly #jobs: Set<string>;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #changed = Promise.withResolvers<undefined>();
  #growth = Promise.withResolvers<undefined>();

  constructor(watcher: NomadWatcher, jobs: readonly string[]) {
    this.#jobs = new Set(jobs);
    this.#running = this.#run(watcher);
    // Whoever waits for a sighting or for the end gets the failure.
    this.#running.catch(() => undefined);
  }

  jobIds(): ReadonlySet<string> {
    return this.#jobs;
  }

  async grown(): Promise<void> {
    await this.#growth.promise;
  }

  /** Watches one more job. */
  add(job: string): void {
    this.#jobs.add(job);
    this.#growth.resolve(undefined);
    this.#growth = Promise.withResolvers();
  }

  /** Waits until what was seen satisfies; fails when the watch ends first. */
  async until(satisfied: (sightings: readonly Sighting[]) => boolean): Promise<readonly Sighting[]> {
    while (!satisfied(this.sightings)) await Promise.race([this.#changed.promise, this.#running.then(endedEarly)]);
    return this.sightings;
  }

  /** Aborts the watch and waits for its end; fails when it ended with an error. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the case is over"));
    await this.#running;
  }

  async #run(watcher: NomadWatcher): Promise<void> {
    for await (const sighting of watcher.watch(this, this.#abort.signal)) {
      this.sightings.push(sighting);
      this.#changed.resolve(undefined);
      this.#changed = Promise.withResolvers();
    }
  }
}

function endedEarly(): never {
  throw new Error("the watch ended before everything was seen");
}
