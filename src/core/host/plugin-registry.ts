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

/** Things of one kind, by name, each with the plugin that brought it. */
class Shelf<T> {
  readonly #items = new Map<string, { item: T; plugin: string }>();

  constructor(private readonly kind: string) {}

  put(name: string, item: T, plugin: string): void {
    const present = this.#items.get(name);
    if (present !== undefined) {
      throw new LauncherError("NOMAD_E_PLUGIN_CONFLICT", {
        first: present.plugin,
        second: plugin,
        kind: this.kind,
        name,
      });
    }
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
  readonly #plugins = new Set<string>();

  /** Checks a plugin before running any of it, then lets it register. */
  add(plugin: Plugin): void {
    this.#check({ requires: undefined, ...plugin });
    this.#plugins.add(plugin.name);
    plugin.setup(this.#registrar(plugin.name));
  }

  /** A plugin comes from anybody's package: what its type promises is looked at all the same. */
  #check(plugin: Readonly<Record<keyof Plugin, unknown>>): void {
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

  #registrar(plugin: string): PluginRegistrar {
    return {
      driver: (driver) => this.drivers.put(driver.name, driver, plugin),
      otherDrivers: (make) => this.otherDrivers.put("others", make, plugin),
      device: (provider) => this.devices.put(provider.name, provider, plugin),
      feature: (feature) => this.features.put(feature.name, feature, plugin),
      transport: (name, factory) => this.transports.put(name, factory, plugin),
      watcher: (name, factory) => this.watchers.put(name, factory, plugin),
      credentials: (name, factory) => this.credentials.put(name, factory, plugin),
    };
  }
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
