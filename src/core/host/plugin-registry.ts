import type { OutcomeClassifier } from "../contracts/classifier.js";
import type { Clock } from "../contracts/clock.js";
import type { PluginCommand } from "../contracts/command.js";
import type { ConfigFragment } from "../contracts/config-fragment.js";
import type { DeviceProvider } from "../contracts/device-provider.js";
import type { LaunchFeature } from "../contracts/feature.js";
import type { Logger } from "../contracts/logger.js";
import type { LogSinkFactory } from "../contracts/log-sink.js";
import type { MetricsSink } from "../contracts/metrics.js";
import type { QueueSourceFactory } from "../contracts/queue-source.js";
import {
  type CredentialsFactory,
  PLUGIN_API_VERSION,
  type Plugin,
  type PluginRegistrar,
  type TransportFactory,
  type WatcherFactory,
} from "../contracts/plugin.js";
import type { TaskDriver } from "../contracts/task-driver.js";
import { LauncherError } from "../errors/launcher-error.js";
import { collector } from "./collect-registrations.js";
import { guarded } from "./guard-plugin.js";
import { areNames, type Registration, wrongShape } from "./plugin-shapes.js";
import { failed, textOf } from "./plugin-report.js";
import { isThenable } from "./plain-data.js";
import { Shelf } from "./shelf.js";

/** What the registry gives to plugins, and what guards them. */
export interface PluginTools {
  readonly clock: Clock;
  /** The log, as this plugin may use it. */
  readonly loggerFor: (plugin: Plugin) => Logger;
}

/** Everything the loaded plugins registered. */
export class PluginRegistry {
  readonly drivers = new Shelf<TaskDriver>("driver");
  readonly otherDrivers = new Shelf<(name: string) => TaskDriver>("drivers");
  readonly devices = new Shelf<DeviceProvider>("device");
  readonly features = new Shelf<LaunchFeature>("feature");
  readonly transports = new Shelf<TransportFactory>("transport");
  readonly watchers = new Shelf<WatcherFactory>("watch");
  readonly credentials = new Shelf<CredentialsFactory>("credentials");
  readonly classifiers = new Shelf<OutcomeClassifier>("classifier");
  readonly logSinks = new Shelf<LogSinkFactory>("log sink");
  readonly metrics = new Shelf<MetricsSink>("metrics");
  readonly queueSources = new Shelf<QueueSourceFactory>("queue source");
  readonly commands = new Shelf<PluginCommand>("command");
  readonly fragments = new Shelf<ConfigFragment>("configuration");
  readonly #plugins = new Map<string, readonly Registered[]>();

  constructor(private readonly tools: PluginTools) {}

  /**
   * Checks a plugin before running any of it, then lets it register: all of it, or nothing.
   * @throws LauncherError `NOMAD_E_PLUGIN_*`
   */
  add(plugin: Plugin): void {
    this.#check({ requires: undefined, ...plugin });
    const asked: Registration[] = [];
    const logger = this.tools.loggerFor(plugin);
    let open = true;
    setUp(
      plugin,
      collector(asked, logger, () => open),
    );
    open = false;
    this.#checkAll(asked, plugin.name);
    const guard = { plugin: plugin.name, clock: this.tools.clock, logger, listed: "source" in plugin };
    for (const { shelf, name, item, replaces } of asked)
      this[shelf].put(textOf(name), guarded(shelf, textOf(name), item, guard) as never, plugin.name, replaces);
    const registered = asked.map(({ shelf, name }) => ({ kind: this[shelf].kind, name: textOf(name) }));
    this.#plugins.set(plugin.name, registered);
  }

  /** What each plugin registered. */
  get registered(): ReadonlyMap<string, readonly Registered[]> {
    return this.#plugins;
  }

  #checkAll(asked: readonly Registration[], plugin: string): void {
    const seen = new Set<string>();
    for (const one of asked) {
      const { kind } = this[one.shelf];
      const key = `${kind} ${textOf(one.name)}`;
      const problem = wrongShape(one, kind) ?? (seen.has(key) ? `it registers the ${key} twice` : undefined);
      if (problem !== undefined) throw new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin, problem });
      seen.add(key);
      this[one.shelf].checkFree(textOf(one.name), plugin, one.replaces);
    }
  }

  /** A plugin comes from anybody's package: what its type promises is looked at all the same. */
  #check(plugin: Readonly<Record<Exclude<keyof Plugin, "options">, unknown>>): void {
    const refuse = (problem: string) =>
      new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin: textOf(plugin.name), problem });
    if (typeof plugin.name !== "string" || plugin.name === "") throw refuse("it has no name");
    if (typeof plugin.setup !== "function") throw refuse("it has no setup function");
    if (plugin.apiVersion !== PLUGIN_API_VERSION) {
      throw refuse(
        `it was written for API version ${quoted(plugin.apiVersion)}, this host has ${JSON.stringify(PLUGIN_API_VERSION)}`,
      );
    }
    if (this.#plugins.has(plugin.name)) throw refuse("it is listed twice");
    if (plugin.requires !== undefined && !areNames(plugin.requires)) throw refuse("its requires is no list of names");
    const required = plugin.requires ?? [];
    const missing = required.filter((name) => !this.#plugins.has(name));
    if (missing.length > 0)
      throw refuse(`it requires ${missing.join(", ")}, which cannot be used or is listed nowhere`);
  }
}

/** One thing a plugin registered, e.g. the driver `podman`. */
export interface Registered {
  readonly kind: string;
  readonly name: string;
}

const quoted = (value: unknown) => (typeof value === "string" ? JSON.stringify(value) : textOf(value));

/** Runs a plugin's setup, which must end at once. */
function setUp(plugin: Plugin, registrar: PluginRegistrar): void {
  // Its type says that it returns nothing; a plugin may be JavaScript.
  const loose: { setup(registrar: PluginRegistrar, options: unknown): unknown } = plugin;
  let result: unknown;
  try {
    result = loose.setup(registrar, undefined);
  } catch (error) {
    throw error instanceof LauncherError ? error : failed(plugin.name, "its setup", error);
  }
  if (!isThenable(result)) return;
  // Nobody waits for it; what becomes of it is not to end the process.
  void Promise.resolve(result).catch(() => undefined);
  const problem = "its setup waits (it returns a promise); it must register everything at once";
  throw new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin: plugin.name, problem });
}
