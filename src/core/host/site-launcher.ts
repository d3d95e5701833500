import { inject, injectable } from "tsyringe";
import type { LaunchFeature } from "../contracts/feature.js";
import type { TaskDriver } from "../contracts/task-driver.js";
import type { Launch, LaunchContext } from "../launch/context.js";
import { draftToJob } from "../launch/draft-to-job.js";
import { launch } from "../launch/launch.js";
import { NodeSizes } from "../launch/node-sizes.js";
import { copyTaskLogs, type TaskLogs } from "../launch/copy-task-logs.js";
import { explainEnded } from "../launch/explain-ended.js";
import { type Draft, type Parts, pickDriver, requestToDraft } from "../launch/request-to-draft.js";
import { OwedStops } from "../launch/owed-stops.js";
import { ServerVersion } from "../launch/server-version.js";
import { SubmitGate } from "../launch/submit-gate.js";
import type { Allocation } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Outcome } from "../model/outcome.js";
import { measureLaunch } from "./measure-launch.js";
import { classifiedDriver } from "./classified-driver.js";
import { orderFeatures } from "./order-features.js";
import { openSinks, teeSink } from "./tee-sink.js";
import { Clock, ConnectionBudget, Logger, Metrics, PluginRegistry, Site, Transport, Watch } from "./tokens.js";

/** Launches tasks on one site. */
@injectable()
export class SiteLauncher {
  readonly #features: readonly LaunchFeature[];
  readonly #parts: Parts;
  /** How large the site's nodes are. */
  readonly nodes: NodeSizes;
  /** Which Nomad it is. */
  readonly version: ServerVersion;
  /** Stops that Nomad has not taken yet; to be waited for before the transport is closed. */
  readonly owed: OwedStops;
  readonly #gate: SubmitGate;

  constructor(
    @inject(Site) readonly site: Site,
    @inject(Transport) readonly transport: Transport,
    @inject(PluginRegistry) private readonly plugins: PluginRegistry,
    @inject(ConnectionBudget) private readonly budget: ConnectionBudget,
    @inject(Watch) private readonly watch: Watch,
    @inject(Clock) readonly clock: Clock,
    @inject(Logger) readonly logger: Logger,
    @inject(Metrics) private readonly metrics: Metrics,
  ) {
    this.nodes = new NodeSizes(transport, clock);
    this.version = new ServerVersion(transport, clock);
    this.owed = new OwedStops(clock, logger);
    this.#gate = new SubmitGate(clock);
    this.#parts = partsOf(plugins);
    this.#features = orderFeatures(plugins.features.all(), site.features, site.name);
  }

  /** Runs one task to its end. */
  launch(task: Launch): Promise<Outcome> {
    const { site, metrics, clock } = this;
    const run = (own: Launch) => launch(this.#withSinks(own), this.#context());
    return measureLaunch(task, run, { site: site.name, metrics, clock });
  }

  /** Composes the job without submitting anything. */
  compose(request: LaunchRequest): { readonly draft: Draft; readonly job: Job } {
    const draft = requestToDraft(request, this.site, this.#parts);
    return { draft, job: draftToJob(draft, this.#features) };
  }

  /** Copies a task's output, whoever launched it; see `copyTaskLogs`. */
  copyLogs(task: TaskLogs, signal: AbortSignal): Promise<void> {
    return copyTaskLogs(task, this.#context(), signal);
  }

  /** How a job ended that was launched earlier; see `explainEnded`. */
  explain(job: Job, allocation: Allocation, triggers: readonly string[]): Outcome {
    return explainEnded(job, allocation, triggers, (name) => pickDriver(name, this.#parts));
  }

  /** The launch with its output going to plugins' sinks, too. */
  #withSinks(asked: Launch): Launch {
    const { site, clock } = this;
    const { request, report } = asked;
    const warn = (message: string) => report({ kind: "warning", jobId: request.jobId, message, at: clock.now() });
    const sinks = openSinks(this.plugins.logSinks.entries(), { request, site }, warn);
    return { ...asked, sink: teeSink(asked.sink, sinks, { clock, warn }) };
  }

  #context(): LaunchContext {
    const { site, transport, budget, nodes, version, owed, clock, logger, watch } = this;
    const watchLoop: LaunchContext["watchLoop"] = (namespace, region) => watch.loop(namespace, region);
    const own = { gate: this.#gate, features: this.#features, parts: this.#parts };
    return { site, transport, budget, nodes, version, owed, clock, logger, watchLoop, ...own };
  }
}

/** What the plugins brought for composing jobs. All of it is there before the first site is. */
function partsOf(plugins: PluginRegistry): Parts {
  const [otherDriver] = plugins.otherDrivers.all();
  const classifiers = plugins.classifiers.all();
  const classified = (driver: TaskDriver) => classifiedDriver(driver, classifiers);
  return {
    drivers: new Map([...plugins.drivers.entries()].map(([name, driver]) => [name, classified(driver)])),
    // The newest first: a plugin's family goes before the built-in one that takes any device.
    devices: plugins.devices.all().toReversed(),
    ...(otherDriver !== undefined && { otherDriver: (name: string) => classified(otherDriver(name)) }),
  };
}
