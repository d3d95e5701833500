import type { OutcomeClassifier } from "../contracts/classifier.js";
import type { Clock } from "../contracts/clock.js";
import type { DeviceProvider } from "../contracts/device-provider.js";
import type { LaunchFeature } from "../contracts/feature.js";
import type { Logger } from "../contracts/logger.js";
import type { MetricsSink } from "../contracts/metrics.js";
import type { QueueSourceFactory } from "../contracts/queue-source.js";
import type { CredentialsFactory, TransportFactory, WatcherFactory } from "../contracts/plugin.js";
import type { DriverDiagnosis, TaskDriver } from "../contracts/task-driver.js";
import { LauncherError } from "../errors/launcher-error.js";
import { frozen } from "../model/frozen.js";
import { guardCredentials, guardQueue, guardTransport, guardWatcher } from "./guard-factories.js";
import { isThenable, plainData } from "./plain-data.js";
import { failed, textOf } from "./plugin-report.js";
import type { ShelfName } from "./plugin-shapes.js";
import { isConfig, isDevices, isDiagnosis, isJob } from "./returned-shapes.js";

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
export function guarded(shelf: ShelfName, name: string, item: unknown, guard: Guard): unknown {
  if (shelf === "features") return guardFeature(item as LaunchFeature, guard);
  if (shelf === "drivers") return guardDriver(item as TaskDriver, guard);
  if (shelf === "devices") return guardDevices(item as DeviceProvider, guard);
  if (shelf === "classifiers") return guardClassifier(item as OutcomeClassifier, guard);
  if (shelf === "credentials" && guard.listed) return guardCredentials(item as CredentialsFactory, guard);
  if (shelf === "transports" && guard.listed) return guardTransport(name, item as TransportFactory, guard);
  if (shelf === "watchers" && guard.listed) return guardWatcher(name, item as WatcherFactory, guard);
  if (shelf === "queueSources" && guard.listed) return guardQueue(item as QueueSourceFactory, guard);
  return shelf === "metrics" ? guardMetrics(item as MetricsSink, guard) : item;
}

function guardFeature(feature: LaunchFeature, guard: Guard): LaunchFeature {
  const what = `its feature ${feature.name}`;
  const contribute: LaunchFeature["contribute"] = (job, context) => {
    const made = checked(guard, what, () => feature.contribute(job, context), isJob, "it returned no job");
    if (made.ID === job.ID) return made;
    throw failed(guard.plugin, what, `it returned another job, ${textOf(made.ID)}`);
  };
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

/** Numbers are never worth a task: what fails is said once, and the sink is left alone from then on. */
function guardMetrics(sink: MetricsSink, { plugin, logger }: Guard): MetricsSink {
  let broken = false;
  const giveUp = (error: unknown) => {
    if (!broken) logger.warn({ plugin, error: textOf(error) }, "a plugin's metrics failed and get no more numbers");
    broken = true;
  };
  const attempt = (work: () => unknown) => {
    if (broken) return;
    try {
      const result = work();
      // Nobody waits for it; that it fails is no reason to end the process.
      if (isThenable(result)) void Promise.resolve(result).catch(giveUp);
    } catch (error) {
      giveUp(error);
    }
  };
  return {
    add: (...args) => attempt(() => sink.add(...args)),
    observe: (...args) => attempt(() => sink.observe(...args)),
    watch: (...args) => attempt(() => sink.watch(...args)),
  };
}

/** The task is over when somebody explains: an outcome there must be, whatever goes wrong. */
function explained({ plugin, logger, listed }: Guard, what: string, work: () => unknown): DriverDiagnosis | undefined {
  try {
    const found = listed ? plainData(work()) : work();
    if (found === undefined || isDiagnosis(found)) return found;
    logger.warn({ plugin }, `${what} explained a failure by something that is no diagnosis`);
  } catch (error) {
    logger.warn({ plugin, error: textOf(error) }, `${what} failed to explain a failure`);
  }
  return undefined;
}

function checked<T>(guard: Guard, what: string, work: () => T, fits: (value: unknown) => boolean, problem: string): T {
  const result = named(guard, what, () => (guard.listed ? (plainData(work()) as T) : work()));
  if (!fits(result)) throw failed(guard.plugin, what, problem);
  return result;
}

/** Does work of a plugin's; what it throws names the plugin. */
export function named<T>({ plugin }: Guard, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof LauncherError ? error : failed(plugin, what, error);
  }
}

/** The object with some methods replaced, whatever class it is of: its getters still see their own private fields. */
export function over<T extends object>(item: T, methods: Partial<T>): T {
  // Not a proxy of the item itself: one of a frozen object may only give what the object has.
  const target = Object.create(item, Object.getOwnPropertyDescriptors(methods)) as T;
  const get = (_target: T, key: string | symbol): unknown => {
    if (Object.hasOwn(target, key)) return Reflect.get(target, key);
    const value: unknown = Reflect.get(item, key);
    // Not a bound function: `await using` of Node 24 takes none.
    return typeof value === "function" ? (...args: unknown[]): unknown => Reflect.apply(value, item, args) : value;
  };
  return new Proxy(target, { get });
}
