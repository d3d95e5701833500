import type { JsonObject } from "../model/json.js";
import type { Site, SiteAuth } from "../model/site.js";
import type { OutcomeClassifier } from "./classifier.js";
import type { Clock } from "./clock.js";
import type { PluginCommand } from "./command.js";
import type { ConfigFragment } from "./config-fragment.js";
import type { Credentials } from "./credentials.js";
import type { DeviceProvider } from "./device-provider.js";
import type { LaunchFeature } from "./feature.js";
import type { Logger } from "./logger.js";
import type { LogSinkFactory } from "./log-sink.js";
import type { MetricsSink } from "./metrics.js";
import type { QueueSourceFactory } from "./queue-source.js";
import type { TaskDriver } from "./task-driver.js";
import type { NomadTransport } from "./transport.js";
import type { NomadWatcher, WatcherParts } from "./watcher.js";

/** Version of the contracts in this folder. A plugin names the one it was written for; docs/contracts.md says what may change without a new one. */
export const PLUGIN_API_VERSION = "1";

/** A package that extends the launcher: what it brings, it registers. A plain object. */
export interface Plugin<Options = unknown> {
  /** Unique; by convention the npm package's name. */
  readonly name: string;
  /** The version of the contracts it was written for. */
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  /** Names of plugins that must be loaded before this one; the host puts them in order. */
  readonly requires?: readonly string[];
  /** Reads the `options` a config file gives the plugin: any Standard Schema (zod, valibot, arktype…). */
  readonly options?: OptionsSchema<Options>;
  /**
   * Registers everything; must not wait, and does nothing else: it may be called more than once, and in a thread of its own, to see that it ends.
   * @param options what the schema made of them; undefined without a schema.
   */
  setup(registrar: PluginRegistrar, options: Options): void;
}

/** The part of the Standard Schema interface that is used. Source: https://standardschema.dev */
export interface OptionsSchema<Options = unknown> {
  /** The standard's own key. */
  readonly "~standard": {
    /** Reads a value, or says what is wrong with it. */
    readonly validate: (value: unknown) => OptionsResult<Options> | Promise<OptionsResult<Options>>;
    /**
     * The schema as JSON Schema, so that editors complete the options. Absent: they take any object.
     * Source: https://standardschema.dev/json-schema
     */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/** Options as the schema reads them, or what is wrong with them. */
export type OptionsResult<Options> =
  { readonly value: Options; readonly issues?: undefined } | { readonly issues: readonly OptionsIssue[] };

/** One thing that is wrong with options. */
export interface OptionsIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where in the options. Default: all of them. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a plugin may register. A name that is taken is refused, naming both plugins. */
export interface PluginRegistrar {
  /** The log, with the plugin's name in every line. A plugin that floods it is cut short, and that is said once. */
  readonly logger: Logger;
  /**
   * Adds a task driver.
   * @param options.replaces name of a plugin whose driver of that name it takes the place of, e.g. `metaflow-nomad/drivers`. Default: none.
   */
  driver(driver: TaskDriver, options?: { readonly replaces?: string }): void;
  /** How to treat a driver name nobody registered: at most one plugin may say so. */
  otherDrivers(make: (name: string) => TaskDriver): void;
  /** Adds a family of devices. Families are asked from the last registered to the first. */
  device(provider: DeviceProvider): void;
  /** Adds one concern that contributes to every job. */
  feature(feature: LaunchFeature): void;
  /** Adds a way to reach Nomad; a site's `transport` names it. */
  transport(name: string, factory: TransportFactory): void;
  /** Adds a way to observe Nomad; a site's `watch` names it. */
  watcher(name: string, factory: WatcherFactory): void;
  /** Adds a place where ACL tokens come from; the first that takes a site's `auth` is used. */
  credentials(name: string, factory: CredentialsFactory): void;
  /** Adds an explanation of failures. */
  classifier(classifier: OutcomeClassifier): void;
  /** Adds a place to which the output of every task goes, beside the terminal. */
  logSink(name: string, factory: LogSinkFactory): void;
  /** Adds a place to which the launcher's numbers go. */
  metrics(name: string, sink: MetricsSink): void;
  /** Adds a kind of queue to scale by; the scheme of the queue's URL names it, e.g. `redis`. */
  queueSource(scheme: string, factory: QueueSourceFactory): void;
  /** Adds a command to `metaflow-nomad`. */
  command(command: PluginCommand): void;
  /** Adds settings to every site of the configuration. */
  config(fragment: ConfigFragment): void;
}

/** Makes a transport for a site; called once per site and host. */
export type TransportFactory = (parts: TransportParts) => NomadTransport;

/** What a transport is made from. */
export interface TransportParts {
  /** Where to: address, TLS, region, limit of connections. */
  readonly site: Site;
  /** Where the ACL token comes from. */
  readonly credentials: Credentials;
  /** Time and delay: pauses between tries, limits of silence. */
  readonly clock: Clock;
  /** The log. Never a token in it. */
  readonly logger: Logger;
  /** Where to count and time the calls; absent where nobody looks. */
  readonly metrics?: MetricsSink;
}

/** Makes a watcher; called once per watch loop. */
export type WatcherFactory = (parts: WatcherParts) => NomadWatcher;

/** Makes credentials for a site's `auth`; undefined when that `auth` is not this kind's. */
export type CredentialsFactory = (auth: SiteAuth & JsonObject) => Credentials | undefined;

/** Types a plugin; changes nothing. */
export function definePlugin<Options = unknown>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}
