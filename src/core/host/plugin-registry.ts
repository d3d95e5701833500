import type { DeviceProvider } from "../contracts/device-provider.js";
import type { LaunchFeature } from "../contracts/feature.js";
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
import { guarded } from "./guard-plugin.js";
import { failed } from "./plugin-report.js";

/** Things of one kind, by name, each with the plugin that brought it. */
class Shelf<T> {
  readonly #items = new Map<string, { item: T; plugin: string }>();

  constructor(readonly kind: string) {}

  /** @throws LauncherError `NOMAD_E_PLUGIN_CONFLICT`, naming both plugins. */
  checkFree(name: string, plugin: string): void {
    const first = this.#items.get(name)?.plugin;
    if (first === undefined) return;
    throw new LauncherError("NOMAD_E_PLUGIN_CONFLICT", { first, second: plugin, kind: this.kind, name });
  }

  put(name: string, item: T, plugin: string): void {
    this.checkFree(name, plugin);
    this.#items.set(name, { item, plugin });
  }

  get(name: string): T | undefined {
    return this.#items.get(name)?.item;
  }

  /** @throws LauncherError `NOMAD_E_PLUGIN_UNKNOWN` */
  need(name: string, site: string): T {
    const item = this.get(name);
    if (item !== undefined) return item;
    throw new LauncherError("NOMAD_E_PLUGIN_UNKNOWN", { kind: this.kind, name, site, known: this.names().join(", ") });
  }

  names(): string[] {
    return [...this.#items.keys()];
  }

  all(): T[] {
    return [...this.#items.values()].map(({ item }) => item);
  }

  entries(): ReadonlyMap<string, T> {
    return new Map([...this.#items].map(([name, { item }]) => [name, item]));
  }
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
  readonly #plugins = new Map<string, readonly Registered[]>();

  /**
   * Checks a plugin before running any of it, then lets it register: all of it, or nothing.
   * @throws LauncherError `NOMAD_E_PLUGIN_*`
   */
  add(plugin: Plugin): void {
    this.#check({ requires: undefined, ...plugin });
    const asked: Registration[] = [];
    try {
      plugin.setup(collector(asked), undefined);
    } catch (error) {
      throw error instanceof LauncherError ? error : failed(plugin.name, "its setup", error);
    }
    for (const { shelf, name } of asked) this[shelf].checkFree(name, plugin.name);
    for (const { shelf, name, item } of asked) this[shelf].put(name, guarded(item, plugin.name) as never, plugin.name);
    this.#plugins.set(
      plugin.name,
      asked.map(({ shelf, name }) => ({ kind: this[shelf].kind, name })),
    );
  }

  /** What each plugin registered. */
  get registered(): ReadonlyMap<string, readonly Registered[]> {
    return this.#plugins;
  }

  /** A plugin comes from anybody's package: what its type promises is looked at all the same. */
  #check(plugin: Readonly<Record<Exclude<keyof Plugin, "options">, unknown>>): void {
    const refuse = (problem: string) =>
      new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin: String(plugin.name), problem });
    if (typeof plugin.name !== "string" || plugin.name === "") throw refuse("it has no name");
    if (typeof plugin.setup !== "function") throw refuse("it has no setup function");
    if (plugin.apiVersion !== PLUGIN_API_VERSION) {
      throw refuse(
        `it was written for API version ${JSON.stringify(plugin.apiVersion)}, this host has ${JSON.stringify(PLUGIN_API_VERSION)}`,
      );
    }
    if (this.#plugins.has(plugin.name)) throw refuse("it is listed twice");
    const required = Array.isArray(plugin.requires) ? plugin.requires.map(String) : [];
    const missing = required.filter((name) => !this.#plugins.has(name));
    if (missing.length > 0) throw refuse(`it requires ${missing.join(", ")}, listed nowhere before it`);
  }
}

/** One thing a plugin registered, e.g. the driver `podman`. */
export interface Registered {
  readonly kind: string;
  readonly name: string;
}

interface Registration {
  readonly shelf: "drivers" | "otherDrivers" | "devices" | "features" | "transports" | "watchers" | "credentials";
  readonly name: string;
  readonly item: unknown;
}

/** Takes a plugin's registrations down, so that a plugin which fails half-way leaves nothing behind. */
function collector(asked: Registration[]): PluginRegistrar {
  const note = (shelf: Registration["shelf"]) => (name: string, item: unknown) => {
    asked.push({ shelf, name, item });
  };
  return {
    driver: (driver) => note("drivers")(driver.name, driver),
    otherDrivers: (make) => note("otherDrivers")("others", make),
    device: (provider) => note("devices")(provider.name, provider),
    feature: (feature) => note("features")(feature.name, feature),
    transport: note("transports"),
    watcher: note("watchers"),
    credentials: note("credentials"),
  };
}

/** Orders features: the essential ones and those the site lists, or all; each after those it names, and the `last` ones at the end. */
export function orderFeatures(
  all: readonly LaunchFeature[],
  wanted: readonly string[] | undefined,
  site: string,
): LaunchFeature[] {
  const byName = new Map(all.map((feature) => [feature.name, feature]));
  const ordered = new Set<LaunchFeature>();
  const place = (name: string, path: readonly string[]): void => {
    const feature = byName.get(name);
    if (feature === undefined) throw unknownFeature(name, site, byName);
    if (ordered.has(feature)) return;
    if (path.includes(name)) throw featureCycle([...path, name]);
    for (const earlier of feature.after ?? []) if (byName.has(earlier)) place(earlier, [...path, name]);
    ordered.add(feature);
  };
  const essential = all.filter((feature) => feature.essential === true).map((feature) => feature.name);
  for (const name of wanted === undefined ? byName.keys() : [...essential, ...wanted]) place(name, []);
  const order = [...ordered];
  return [...order.filter(({ last }) => last !== true), ...order.filter(({ last }) => last === true)];
}

function unknownFeature(name: string, site: string, byName: ReadonlyMap<string, LaunchFeature>): LauncherError {
  const known = [...byName.keys()].join(", ");
  return new LauncherError("NOMAD_E_PLUGIN_UNKNOWN", { kind: "feature", name, site, known });
}

function featureCycle(path: readonly string[]): LauncherError {
  const problem = `its features wait for each other: ${path.join(" -> ")}`;
  return new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin: path[0] ?? "", problem });
}
