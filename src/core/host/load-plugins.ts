import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PluginEntry } from "../config/load-sites.js";
import type { OptionsSchema, Plugin, PluginRegistrar } from "../contracts/plugin.js";
import { PLUGIN_API_VERSION } from "../contracts/plugin.js";
import { LauncherError } from "../errors/launcher-error.js";
import { locatePlugin } from "./plugin-places.js";
import { failed, reasonOf } from "./plugin-report.js";
import { readOptions } from "./plugin-options.js";
import type { Stuck } from "./stuck-plugins.js";
import { type Trial, tryPlugin } from "./try-plugin.js";

/** How long a module may take to load, and a setup to end, in milliseconds: either may wait for ever. */
const patienceMs = 20_000;

/** A plugin as a config file lists it, loaded, its options read and handed to its `setup`. */
export interface ListedPlugin extends Plugin {
  /** Package or path, as it stands in the file. */
  readonly source: string;
  /** File with line and column, where it is listed. */
  readonly place?: string;
  /** Whether nothing runs without it. */
  readonly required: boolean;
  /** The schema of its options, for editors. */
  readonly schema?: OptionsSchema;
}

/** What could be loaded, and what could not. */
export interface LoadedPlugins {
  /** In the file's order. One that could not be loaded is among them: its `setup` throws why, so that a host names it with all others. */
  readonly plugins: readonly ListedPlugin[];
}

/** How to load. */
export interface LoadPluginsOptions {
  /** How long a module may take to load, and a setup to end, in milliseconds. Default: 20 000. */
  readonly patienceMs?: number;
  /** Plugins that an earlier host was ended for, by package or path: they are not loaded again. Default: none. */
  readonly stuck?: ReadonlyMap<string, Stuck>;
}

/**
 * Imports the plugins a config file lists: npm packages, found from the file's folder, or paths of modules.
 *
 * Each is tried in a thread of its own first, so that one which never ends cannot stop the launcher. A failure is thrown by the plugin's
 * `setup`: one start names every broken plugin.
 */
export async function loadPlugins(
  entries: readonly PluginEntry[],
  configFile: string,
  { patienceMs: patience = patienceMs, stuck }: LoadPluginsOptions = {},
): Promise<LoadedPlugins> {
  const load = async (entry: PluginEntry) => {
    const known = stuck?.get(entry.use);
    if (known !== undefined) return broken(entry, failed(entry.use, known.what, known.reason));
    return loadPlugin(entry, configFile, patience).catch((error: unknown) => broken(entry, error));
  };
  return { plugins: await Promise.all(entries.map(load)) };
}

async function loadPlugin(entry: PluginEntry, configFile: string, patience: number): Promise<ListedPlugin> {
  const { use, options, required, place } = entry;
  const url = locate(use, configFile);
  const trial = await tryPlugin(url, options, patience);
  if (trial !== "ended") throw notLoaded(use, configFile, hung(trial, patience));
  const plugin = await importPlugin(url, use, configFile);
  const read = await readOptions(plugin, options, configFile, patience);
  const { name, apiVersion, requires } = plugin;
  // Whatever it returns is looked at: a promise is refused.
  const loose: { setup(registrar: PluginRegistrar, options: unknown): unknown } = plugin;
  const setup: Plugin["setup"] = (registrar) => loose.setup(registrar, read) as undefined;
  const from = { source: use, required, ...(place !== undefined && { place }) };
  const known = plugin.options === undefined ? {} : { schema: plugin.options };
  return { name, apiVersion, setup, ...from, ...known, ...(requires !== undefined && { requires }) };
}

/** A plugin that could not be loaded. */
function broken({ use, required, place }: PluginEntry, error: unknown): ListedPlugin {
  const setup = () => {
    throw error;
  };
  const from = { source: use, required, ...(place !== undefined && { place }) };
  return { name: use, apiVersion: PLUGIN_API_VERSION, setup, ...from };
}

async function importPlugin(url: string, use: string, configFile: string): Promise<Plugin> {
  const module = await importModule(url, use, configFile);
  // Of a CommonJS module, all that it exports may be in its default export alone.
  const plugin = [module, module["default"] ?? {}].flatMap<unknown>(Object.values).find(isPlugin);
  if (plugin === undefined) throw notLoaded(use, configFile, "it exports no plugin made by definePlugin");
  return plugin;
}

async function importModule(url: string, use: string, configFile: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw notLoaded(use, configFile, reasonOf(error), error);
  }
}

function locate(name: string, configFile: string): string {
  try {
    return locatePlugin(name, configFile);
  } catch (error) {
    const isFile = existsSync(join(configFile, "..", name));
    const reason = isFile ? `there is no such package; a file beside the config is written ./${name}` : reasonOf(error);
    throw notLoaded(name, configFile, reason, error);
  }
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "setup" in value && "apiVersion" in value;
}

function hung(trial: Exclude<Trial, "ended">, patience: number): string {
  const what = {
    import: "its module is not loaded",
    options: "its options are not read",
    setup: "its setup has not ended",
  };
  return `${what[trial]} after ${patience / 1_000} s`;
}

function notLoaded(plugin: string, file: string, reason: string, cause?: unknown): LauncherError {
  return new LauncherError("NOMAD_E_PLUGIN_LOAD", { plugin, file, reason }, { cause });
}
