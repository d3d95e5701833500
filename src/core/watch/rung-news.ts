import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";
import type { MetricsSink } from "../contracts/metrics.js";
import type { NomadWatcher } from "../contracts/watcher.js";
import { describeError } from "../errors/launcher-error.js";

/** How long a better rung must have held before it counts as taken, in milliseconds: else one that breaks at once would be news each minute. */
const settleMs = 20_000;

/** What a watch loop is made from. */
export interface WatchParts {
  /** The ladder, best rung first. */
  readonly ladder: readonly NomadWatcher[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where to count failures and changes, and under which site. */
  readonly metrics?: MetricsSink;
  readonly site?: string;
}

/** Tells each change of the rung that shows the jobs, once, in a sentence. */
export class RungNews {
  /** The rung that shows the jobs, as it was told last; undefined while none does. */
  #told: number | undefined;
  #lastError: unknown;

  constructor(private readonly parts: WatchParts) {}

  /** What the newest failure of a rung was; undefined while none has failed. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** A rung has failed. */
  failed(watcher: string, error: unknown): void {
    this.#lastError = error;
    this.parts.logger.debug({ watcher, error: describeError(error) }, "watching failed");
    this.#count("watch_failures", watcher);
  }

  /** Another rung shows the jobs now; of a better one it is told when it has held for a while. */
  async shows(rung: number, ended: AbortSignal): Promise<void> {
    const { ladder, clock, logger } = this.parts;
    const before = this.#told;
    const first = before === undefined && this.#lastError === undefined;
    if (before !== undefined && rung < before && !(await held(clock, ended))) return;
    this.#told = rung;
    const watcher = String(ladder[rung]?.name);
    if (first || rung === before) return;
    this.#count("watch_changes", watcher);
    const down = rung > (before ?? 0);
    const why = { watcher, ...(down && { error: describeError(this.#lastError) }) };
    logger.warn(why, `Nomad is watched by ${watcher} ${down ? "from now on, since a better way failed" : "again"}.`);
  }

  /** No rung shows the jobs, which some have shown before or not. */
  blind(everSeen: boolean): void {
    if (this.#told === undefined && everSeen) return;
    this.#told = undefined;
    const error = describeError(this.#lastError);
    this.parts.logger.warn({ error }, "Nomad cannot be watched at the moment; it is tried again every few seconds.");
  }

  #count(name: "watch_failures" | "watch_changes", watcher: string): void {
    const { metrics, site = "" } = this.parts;
    metrics?.add(name, { site, watcher });
  }
}

/** Whether a rung goes on for long enough to count. */
function held(clock: Clock, ended: AbortSignal): Promise<boolean> {
  return clock.sleep(settleMs, ended).then(
    () => true,
    () => false,
  );
}
