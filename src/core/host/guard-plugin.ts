import type { OutcomeClassifier } from "../contracts/classifier.js";
import type { Clock } from "../contracts/clock.js";
import type { Credentials } from "../contracts/credentials.js";
import type { DeviceProvider } from "../contracts/device-provider.js";
import type { LaunchFeature } from "../contracts/feature.js";
import type { Logger } from "../contracts/logger.js";
import type { MetricsSink } from "../contracts/metrics.js";
import type { QueueSourceFactory } from "../contracts/queue-source.js";
import type { CredentialsFactory } from "../contracts/plugin.js";
import type { DriverDiagnosis, TaskDriver } from "../contracts/task-driver.js";
import { LauncherError } from "../errors/launcher-error.js";
import { frozen } from "../model/frozen.js";
import { withinLimit } from "./within-limit.js";
import { failed } from "./plugin-report.js";
import type { ShelfName } from "./plugin-shapes.js";
import { isConfig, isDevices, isDiagnosis, isJob } from "./returned-shapes.js";

/** How long a plugin may take to find a token, in milliseconds: it may ask a person, or another server. */
const tokenMs = 60_000;

/** How long a plugin may take to count a queue, in milliseconds. */
const queueMs = 60_000;

/** Whose work is guarded, and what the guard needs. */
export interface Guard {
  readonly plugin: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether a config file lists it: what comes along needs no limits of time. */
  readonly listed: boolean;
}

/**
 * A plugin's thing that cannot do harm by failing: what it throws names the plugin, what it returns is looked at, what it is
 * given it cannot change. Everything else is passed on as it is.
 */
export function guarded(shelf: ShelfName, item: unknown, guard: Guard): unknown {
  if (shelf === "features") return guardFeature(item as LaunchFeature, guard);
  if (shelf === "drivers") return guardDriver(item as TaskDriver, guard);
  if (shelf === "devices") return guardDevices(item as DeviceProvider, guard);
  if (shelf === "classifiers") return guardClassifier(item as OutcomeClassifier, guard);
  if (shelf === "credentials" && guard.listed) return guardCredentials(item as CredentialsFactory, guard);
  if (shelf === "queueSources" && guard.listed) return guardQueue(item as QueueSourceFactory, guard);
  return shelf === "metrics" ? guardMetrics(item as MetricsSink, guard) : item;
}

function guardFeature(feature: LaunchFeature, guard: Guard): LaunchFeature {
  const what = `its feature ${feature.name}`;
  const contribute: LaunchFeature["contribute"] = (job, context) =>
    checked(guard, what, () => feature.contribute(job, context), isJob, "it returned no job");
  return over(feature, { contribute });
}

function guardDriver(driver: TaskDriver, guard: Guard): TaskDriver {
  const what = `its driver ${driver.name}`;
  const toConfig: TaskDriver["toConfig"] = (request, site) =>
    checked(guard, what, () => driver.toConfig(frozen(request), frozen(site)), isConfig, "it returned no config");
  const explain: NonNullable<TaskDriver["explain"]> = (...args) =>
    explained(guard, what, () => driver.explain?.(...frozen(args)));
  return over(driver, { toConfig, explain });
}

function guardDevices(provider: DeviceProvider, guard: Guard): DeviceProvider {
  const what = `its devices ${provider.name}`;
  const claims: DeviceProvider["claims"] = (device) => named(guard, what, () => provider.claims(device));
  const toDevices: DeviceProvider["toDevices"] = (ask) =>
    checked(guard, what, () => provider.toDevices(frozen(ask)), isDevices, "it returned no devices");
  return over(provider, { claims, toDevices });
}

function guardClassifier(classifier: OutcomeClassifier, guard: Guard): OutcomeClassifier {
  const what = `its classifier ${classifier.name}`;
  const explain: OutcomeClassifier["explain"] = (...args) =>
    explained(guard, what, () => classifier.explain(...frozen(args)));
  return over(classifier, { explain });
}

function guardCredentials(make: CredentialsFactory, guard: Guard): CredentialsFactory {
  return (auth) => {
    const made = named(guard, "its credentials", () => make(auth)) as unknown;
    if (made === undefined) return undefined;
    const found = made as Credentials;
    const what = `its credentials (${found.origin})`;
    const limited = <T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) =>
      rejectNamed(guard, what, () => withinLimit(work, tokenMs, guard.clock, signal), signal);
    return over(found, {
      token: async (signal) => {
        const token: unknown = await limited((own) => found.token(own), signal);
        if (token === undefined || typeof token === "string") return token;
        throw failed(guard.plugin, what, "what it gave is no token");
      },
      refresh: (signal) => limited((own) => found.refresh(own), signal),
    });
  };
}

function guardQueue(make: QueueSourceFactory, guard: Guard): QueueSourceFactory {
  return (address) => {
    const source = named(guard, "its queue source", () => make(address));
    const what = `its queue source (${source.origin})`;
    const limited = (signal: AbortSignal) => withinLimit((own) => source.depth(own), queueMs, guard.clock, signal);
    const depth = async (signal: AbortSignal) => {
      const found: unknown = await rejectNamed(guard, what, () => limited(signal), signal);
      if (typeof found === "number" && Number.isFinite(found) && found >= 0) return found;
      throw failed(guard.plugin, what, "what it gave is no number of messages");
    };
    return over(source, { depth });
  };
}

/** Numbers are never worth a task: what fails is said once, and the sink is left alone from then on. */
function guardMetrics(sink: MetricsSink, { plugin, logger }: Guard): MetricsSink {
  let broken = false;
  const attempt = (work: () => void) => {
    if (broken) return;
    try {
      work();
    } catch (error) {
      broken = true;
      logger.warn({ plugin, error: String(error) }, "a plugin's metrics failed and get no more numbers");
    }
  };
  return {
    add: (...args) => attempt(() => sink.add(...args)),
    observe: (...args) => attempt(() => sink.observe(...args)),
    watch: (...args) => attempt(() => sink.watch(...args)),
  };
}

/** The task is over when somebody explains: an outcome there must be, whatever goes wrong. */
function explained({ plugin, logger }: Guard, what: string, work: () => unknown): DriverDiagnosis | undefined {
  try {
    const found = work();
    if (found === undefined || isDiagnosis(found)) return found;
    logger.warn({ plugin }, `${what} explained a failure by something that is no diagnosis`);
  } catch (error) {
    logger.warn({ plugin, error: String(error) }, `${what} failed to explain a failure`);
  }
  return undefined;
}

function checked<T>(guard: Guard, what: string, work: () => T, fits: (value: unknown) => boolean, problem: string): T {
  const result = named(guard, what, work);
  if (!fits(result)) throw failed(guard.plugin, what, problem);
  return result;
}

function named<T>({ plugin }: Guard, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof LauncherError ? error : failed(plugin, what, error);
  }
}

async function rejectNamed<T>(
  { plugin }: Guard,
  what: string,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof LauncherError ? error : failed(plugin, what, error);
  }
}

/** The object with some methods replaced, whatever class it is of: its getters still see their own private fields. */
function over<T extends object>(item: T, methods: Partial<T>): T {
  const get = (target: T, key: string | symbol): unknown => {
    const value: unknown = Reflect.get(key in methods ? methods : target, key);
    return typeof value === "function" && !(key in methods) ? value.bind(target) : value;
  };
  return new Proxy(item, { get });
}
