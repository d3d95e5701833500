import type { Allocation } from "../model/allocation.js";
import type { Evaluation } from "../model/evaluation.js";
import type { LauncherError } from "../errors/launcher-error.js";
import type { NomadTransport } from "./transport.js";
import type { Clock } from "./clock.js";

/** One rung of the watch ladder: a way to learn what became of jobs. */
export interface NomadWatcher {
  /** `event-stream`, `blocking`, `poll`, or a plugin's own name. */
  readonly name: string;
  /**
   * Yields what changed in the scope until the signal aborts.
   *
   * The first sighting after a call must include a complete snapshot of the scope's jobs, so that nothing is missed
   * between two rungs. Duplicates and old news are welcome; gaps are not.
   * @throws LauncherError when this rung cannot go on; the ladder then takes the next one.
   */
  watch(scope: WatchScope, signal: AbortSignal): AsyncIterable<Sighting>;
}

/** What a watcher is made from. */
export interface WatcherParts {
  /** The way to Nomad. */
  readonly transport: NomadTransport;
  /** Time and delay: pauses between two looks. */
  readonly clock: Clock;
}

/** The jobs to look after; their set changes while the watch goes on. */
export interface WatchScope {
  /** The one namespace that is watched. */
  readonly namespace: string;
  /** The one region. Default: the site's. */
  readonly region?: string;
  /** IDs watched at this moment. */
  jobIds(): ReadonlySet<string>;
  /** Resolves when the set gained a job, so that an idle watcher looks again. */
  grown(signal: AbortSignal): Promise<void>;
}

/** What one look showed. Allocations carry their task states. */
export interface Sighting {
  /** Raft index the news is as fresh as. */
  readonly index: number;
  /** Allocations that were seen, old ones included. */
  readonly allocations: readonly Allocation[];
  /** Evaluations that were seen, old ones included. */
  readonly evaluations: readonly Evaluation[];
  /** Jobs whose complete state this is: what is absent from it does not exist. */
  readonly complete?: ReadonlySet<string>;
  /** Jobs whose state was sent and could not be read, and why: they end with that error, the others go on. */
  readonly unreadable?: ReadonlyMap<string, LauncherError>;
}
