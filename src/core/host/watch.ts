import { inject, injectable } from "tsyringe";
import type { NomadWatcher } from "../contracts/watcher.js";
import { WatchLoop } from "../watch/watch-loop.js";
import { Clock, Logger, Metrics, PluginRegistry, Site, Transport } from "./tokens.js";

/** The rungs every site may fall back on, best first. */
const builtinLadder = ["event-stream", "blocking", "poll"] as const;

/** The watch loops of one site: one per namespace and region, made when first asked for. */
@injectable()
export class Watch implements AsyncDisposable {
  readonly #loops = new Map<string, WatchLoop>();
  readonly #ladder: readonly NomadWatcher[];
  /** Told how many loops there are, each time one is made: each holds connections. */
  onLoops: (count: number) => void = () => undefined;

  constructor(
    @inject(Site) private readonly site: Site,
    @inject(Transport) transport: Transport,
    @inject(PluginRegistry) plugins: PluginRegistry,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
    @inject(Metrics) private readonly metrics: Metrics,
  ) {
    this.#ladder = ladderOf(site).map((name) => plugins.watchers.need(name, site.name)({ transport, clock }));
  }

  /** The loop for a namespace and region. */
  loop(namespace: string, region: string | undefined): WatchLoop {
    const key = JSON.stringify([namespace, region]);
    const scope = { namespace, ...(region !== undefined && { region }) };
    const known = this.#loops.get(key);
    if (known !== undefined) return known;
    const { clock, logger, metrics } = this;
    const told = { clock, logger, metrics, site: this.site.name };
    const loop = new WatchLoop(scope, { ladder: this.#ladder, ...told });
    this.#loops.set(key, loop);
    this.onLoops(this.#loops.size);
    return loop;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => loop[Symbol.asyncDispose]()));
  }
}

/** The site's first choice, then every built-in rung below it. */
function ladderOf({ watch }: Site): string[] {
  const below = builtinLadder.indexOf(watch as (typeof builtinLadder)[number]);
  return below >= 0 ? builtinLadder.slice(below) : [watch, ...builtinLadder];
}
