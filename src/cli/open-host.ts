import "reflect-metadata";
import { join } from "node:path";
import { pino } from "pino";
import type { Plugin } from "../core/contracts/plugin.js";
import type { Logger } from "../core/contracts/logger.js";
import { type LoadedSites, loadSites } from "../core/config/load-sites.js";
import { withLocalFolder } from "../core/config/local-agent.js";
import { Host } from "../core/host/host.js";
import { type ListedPlugin, loadPlugins } from "../core/host/load-plugins.js";
import { containPlugins } from "../core/host/contain-plugins.js";
import { placesOf } from "../core/host/plugin-places.js";
import { watchPlugins } from "../core/host/plugin-watchdog.js";
import { readStuck, type Stuck } from "../core/host/stuck-plugins.js";
import { provideContracts } from "../core/host/own-contracts.js";
import { systemClock } from "../core/host/system-clock.js";
import type { Site } from "../core/model/site.js";
import { driversPlugin } from "../drivers/plugin.js";
import { builtinPlugin } from "../plugins/builtin.js";
import type { RunFile } from "../server/protocol.js";
import { queuesPlugin } from "../queues/plugin.js";
import { transportsPlugin } from "../transports/plugin.js";
import { warn } from "./say.js";

/** What a run of Metaflow brings along for sites that do not say it. */
export interface Brought {
  /** Image for tasks where neither the request nor the site names one. */
  readonly defaultImage?: string;
  /** Folder of Metaflow's local datastore. */
  readonly localFolder?: string;
}

/** Where a host's configuration is looked for. */
export interface HostOrigin extends Brought {
  /** METAFLOW_NOMAD_* values, without the prefix. */
  readonly conf: Readonly<Record<string, string>>;
  /** Folder from which a config file is searched upward. */
  readonly startDir: string;
  /** Where it is noted which plugins earlier hosts of this run were ended for. */
  readonly stuckFile?: string;
  /** Address to take where nothing is configured: a step that names its own cluster needs no site. */
  readonly lastAddress?: string;
}

/** Loads configuration and plugins, and composes the host. */
export async function openHost(origin: HostOrigin, logger: Logger): Promise<Host> {
  return openLoaded(await loadConfigured(origin), logger, origin);
}

/** Loads the plugins of a configuration, and composes the host. */
export async function openLoaded(
  loaded: LoadedSites,
  logger: Logger,
  brought: Brought & Pick<HostOrigin, "stuckFile"> = {},
): Promise<Host> {
  const { defaultSite, file, place, warnings } = loaded;
  const sites = Object.fromEntries(Object.entries(loaded.sites).map(([name, site]) => [name, complete(site, brought)]));
  const { stuckFile } = brought;
  const stuck = readStuck(stuckFile);
  const uses = loaded.plugins.map(({ use }) => use);
  const places = placesOf(uses, file ?? "");
  containPlugins({ places, logger, clock: systemClock });
  const loading = places.filter(({ plugin }) => !stuck.has(plugin));
  const also = watchPlugins({ entries: loaded.plugins, places: loading, stuckFile });
  try {
    const plugins = [...ownPlugins, ...(await loadListed(loaded, stuck))];
    const named = { ...(file !== undefined && { file }), ...(place !== undefined && { place }) };
    return new Host({ sites, defaultSite, plugins, warnings, clock: systemClock, logger, also, ...named });
  } catch (error) {
    also[Symbol.dispose]();
    throw error;
  }
}

/** The plugins that a configuration lists. */
export async function loadListed(
  { plugins, file }: LoadedSites,
  stuck: ReadonlyMap<string, Stuck> = new Map(),
): Promise<readonly ListedPlugin[]> {
  if (file === undefined || plugins.length === 0) return [];
  await provideContracts();
  return (await loadPlugins(plugins, file, { stuck })).plugins;
}

/** A host of no site: what comes along, and some plugins. */
export function builtinHost(plugins: readonly Plugin[]): Host {
  const all = [...ownPlugins, ...plugins];
  return new Host({ sites: {}, defaultSite: "", plugins: all, clock: systemClock, logger: createLogger() });
}

/** A host for one site that stands in no configuration. */
export function openSite(site: Site, logger: Logger): Host {
  return new Host({
    sites: { [site.name]: site },
    defaultSite: site.name,
    plugins: ownPlugins,
    clock: systemClock,
    logger,
  });
}

const ownPlugins = [transportsPlugin, driversPlugin, builtinPlugin, queuesPlugin];

/** The configuration as a command at a terminal gets it: of the environment, and of the current folder upward. */
export function loadHere(): Promise<LoadedSites> {
  return loadSites({ conf: confOf(process.env), env: process.env, startDir: process.cwd() });
}

async function loadConfigured({ lastAddress, ...origin }: HostOrigin): Promise<LoadedSites> {
  const loaded = await loadSites({ ...origin, env: process.env });
  if (!loaded.unconfigured || lastAddress === undefined) return loaded;
  // Nothing else of METAFLOW_NOMAD_* goes there: a token belongs to the address it was set with.
  const connection = new Set(["TOKEN", "REGION", "CACERT", "CLIENT_CERT", "CLIENT_KEY"]);
  const rest = Object.entries(origin.conf).filter(([name]) => !connection.has(name));
  return loadSites({ ...origin, conf: { ...Object.fromEntries(rest), ADDRESS: lastAddress }, env: process.env });
}

/** The same, for a person at a terminal: what is set and does nothing is said. */
export async function openHostHere(options: { readonly conf?: HostOrigin["conf"] } = {}): Promise<Host> {
  const host = await openHost({ conf: options.conf ?? confOf(process.env), startDir: process.cwd() }, createLogger());
  for (const warning of host.warnings) warn(`Warning: ${warning}\n`);
  return host;
}

function complete(site: Site, { defaultImage: image, localFolder }: Brought): Site {
  const shared = localFolder === undefined ? site : withLocalFolder(site, localFolder);
  return image === undefined ? shared : { ...shared, defaults: { image, ...site.defaults } };
}

/** The log of this process: JSON lines on stderr; METAFLOW_NOMAD_LOG_LEVEL sets how much. */
export function createLogger(usual: "warn" | "error" = "error"): Logger {
  const level = process.env["METAFLOW_NOMAD_LOG_LEVEL"] ?? usual;
  return pino(
    { level, base: null, redact: ["token", "*.token", "auth", "*.auth"] },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Where a run's hosts note which plugins they were ended for. */
export const stuckFileOf = (folder: string) => join(folder, "stuck-plugins");

/** Where the configuration of a Metaflow run is from. */
export function originOf({ conf, flowDir, defaultImage, datastore, steps }: RunFile): HostOrigin {
  const named = steps.every((step) => step.connection !== undefined);
  const lastAddress = named ? steps[0]?.connection?.address : undefined;
  return {
    conf,
    startDir: flowDir,
    ...(defaultImage !== undefined && { defaultImage }),
    ...(datastore.type === "local" && { localFolder: datastore.root }),
    ...(lastAddress !== undefined && { lastAddress }),
  };
}

/** METAFLOW_NOMAD_* variables of an environment, without the prefix. */
export function confOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const prefix = "METAFLOW_NOMAD_";
  const pairs = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value] as const] : [],
  );
  return Object.fromEntries(pairs);
}
