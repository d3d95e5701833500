import type { ApiCall } from "../../core/contracts/transport.js";
import type { NomadWatcher, Sighting, WatcherParts, WatchScope } from "../../core/contracts/watcher.js";
import { Growth } from "./growth.js";
import { listJobs } from "./list-jobs.js";
import { News } from "./pace.js";
import { supervise, together, unlessAborted } from "./supervise.js";

/** How long Nomad may hold a query, in seconds; it adds up to a sixteenth. Its own limit is 300 s. */
const waitSeconds = 120;
/** Silence to accept for such a query, in milliseconds. */
const silenceMs = waitSeconds * 1_000 * (17 / 16) + 20_000;
/** Shortest time between two lists, in milliseconds: any allocation of the cluster ends a query, not only ours. */
const restMs = 250;

/** Watches by two blocking queries, on the cluster's allocations and evaluations, and lists the scope's jobs when one returns. */
export function createBlockingWatcher(parts: WatcherParts): NomadWatcher {
  return {
    name: "blocking",
    watch: (scope, signal) => supervise((report, ended) => new BlockingWatch(parts, scope, report).run(ended), signal),
  };
}

/** The queries only tell that something moved (one entry each, without task states); what moved is then listed. */
class BlockingWatch {
  readonly #growth: Growth;
  readonly #news = new News();
  #moved = Promise.withResolvers<undefined>();

  constructor(
    private readonly parts: WatcherParts,
    private readonly scope: WatchScope,
    private readonly report: (sighting: Sighting) => void,
  ) {
    this.#growth = new Growth(scope);
  }

  run(signal: AbortSignal): Promise<void> {
    return together(
      [
        (ended) => this.#await("/allocations", { task_states: false }, ended),
        (ended) => this.#await("/evaluations", {}, ended),
        (ended) => this.#stir(ended),
        (ended) => this.#list(ended),
      ],
      signal,
    );
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { transport, clock } = this.parts;
    for (;;) {
      // Renewed before the list is made: what moves meanwhile asks for another one.
      this.#moved = Promise.withResolvers();
      const sighting = await listJobs(transport, this.scope, this.#growth.all(), signal);
      if (this.#news.isNew(sighting)) this.report(sighting);
      await clock.sleep(restMs, signal);
      await unlessAborted(this.#moved.promise, signal);
    }
  }

  async #await(path: string, extra: ApiCall["query"], signal: AbortSignal): Promise<void> {
    const { transport, clock } = this.parts;
    const { namespace, region } = this.scope;
    let index = 0;
    for (;;) {
      const query = { namespace, region, index, wait: `${String(waitSeconds)}s`, per_page: 1, ...extra };
      const reply = await transport.request({ method: "GET", path, query, silenceMs }, signal);
      if (reply.index !== index) this.#moved.resolve(undefined);
      // An index that went back means another history (a restored server): start over. Zero would return at once, always.
      index = reply.index < index ? 0 : Math.max(1, reply.index);
      await clock.sleep(restMs, signal);
    }
  }

  async #stir(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#growth.stirred(signal);
      this.#moved.resolve(undefined);
      await this.parts.clock.sleep(restMs, signal);
    }
  }
}
