import type { JsonObject } from "../model/json.js";
import type { Site, SiteAuth } from "../model/site.js";
import type { Clock } from "./clock.js";
import type { Credentials } from "./credentials.js";
import type { DeviceProvider } from "./device-provider.js";
import type { LaunchFeature } from "./feature.js";
import type { Logger } from "./logger.js";
import type { MetricsSink } from "./metrics.js";
import type { TaskDriver } from "./task-driver.js";
import type { NomadTransport } from "./transport.js";
import type { NomadWatcher, WatcherParts } from "./watcher.js";

/** Version of the contracts in this folder. A plugin names the one it was written for. */
export const PLUGIN_API_VERSION = "1";

/** A package that registers drivers, devices, transports, watchers, credentials or features. A plain object. */
export interface Plugin<Options = unknown> {
  /** Unique; by convention the npm package's name. */
  readonly name: string;
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  /** Names of plugins that must be loaded before this one. */
  readonly requires?: readonly string[];
  /** Reads the `options` a config file gives the plugin: any Standard Schema (zod, valibot, arktype…). */
  readonly options?: OptionsSchema<Options>;
  /** Registers everything; must not wait. `options` is what the schema made of them; undefined without a schema. */
  setup(registrar: PluginRegistrar, options: Options): void;
}

/** The part of the Standard Schema interface that is used. Source: https://standardschema.dev */
export interface OptionsSchema<Options = unknown> {
  readonly "~standard": {
    readonly validate: (value: unknown) => OptionsResult<Options> | Promise<OptionsResult<Options>>;
  };
}

/** Options as the schema reads them, or what is wrong with them. */
export type OptionsResult<Options> =
  { readonly value: Options; readonly issues?: undefined } | { readonly issues: readonly OptionsIssue[] };

export interface OptionsIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a plugin may register. A name that is taken is refused, naming both plugins. */
export interface PluginRegistrar {
  driver(driver: TaskDriver): void;
  /** How to treat a driver name nobody registered: at most one plugin may say so. */
  otherDrivers(make: (name: string) => TaskDriver): void;
  device(provider: DeviceProvider): void;
  feature(feature: LaunchFeature): void;
  transport(name: string, factory: TransportFactory): void;
  watcher(name: string, factory: WatcherFactory): void;
  credentials(name: string, factory: CredentialsFactory): void;
}

/** Makes a transport for a site; called once per site and host. */
export type TransportFactory = (parts: TransportParts) => NomadTransport;

export interface TransportParts {
  readonly site: Site;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where to count and time the calls; absent where nobody looks. */
  readonly metrics?: MetricsSink;
}

export type WatcherFactory = (parts: WatcherParts) => NomadWatcher;

/** Makes credentials for a site's `auth`; undefined when that `auth` is not this kind's. */
export type CredentialsFactory = (auth: SiteAuth & JsonObject) => Credentials | undefined;

/** Types a plugin; changes nothing. */
export function definePlugin<Options = unknown>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}
