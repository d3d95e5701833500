import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PluginEntry } from "../config/load-sites.js";
import type { Plugin } from "../contracts/plugin.js";
import { LauncherError } from "../errors/launcher-error.js";
import { readOptions } from "./plugin-options.js";
import { PluginReport } from "./plugin-report.js";

/** How long a module may take to load, in milliseconds: one may wait for ever at its top level. */
const patienceMs = 20_000;

/** A plugin as a config file lists it, loaded, its options read and handed to its `setup`. */
export interface ListedPlugin extends Plugin {
  /** Package or path, as it stands in the file. */
  readonly source: string;
  readonly required: boolean;
}

/** What could be loaded; `warnings` tell of plugins that are missing and not required. */
export interface LoadedPlugins {
  readonly plugins: readonly ListedPlugin[];
  readonly warnings: readonly string[];
}

/**
 * Imports the plugins a config file lists: npm packages, found from the file's folder, or paths of modules.
 *
 * All are tried before any failure is reported, so that one start names every broken plugin.
 * @throws LauncherError `NOMAD_E_PLUGIN_*` for those that are required.
 */
export async function loadPlugins(entries: readonly PluginEntry[], configFile: string): Promise<LoadedPlugins> {
  const report = new PluginReport();
  const loading = entries.map((entry) => loadPlugin(entry, configFile));
  const results = await Promise.allSettled(loading);
  const plugins = results.flatMap((result, index) => {
    if (result.status === "fulfilled") return [result.value];
    report.add(result.reason, entries[index]?.use ?? "", entries[index]?.required ?? true);
    return [];
  });
  return { plugins, warnings: report.close() };
}

async function loadPlugin({ use, options, required }: PluginEntry, configFile: string): Promise<ListedPlugin> {
  const module = await importModule(use, configFile);
  // Of a CommonJS module, all that it exports may be in its default export alone.
  const plugin = [module, module["default"] ?? {}].flatMap<unknown>(Object.values).find(isPlugin);
  if (plugin === undefined) throw notLoaded(use, configFile, "it exports no plugin made by definePlugin");
  const read = await readOptions(plugin, options, configFile);
  const { name, apiVersion, requires } = plugin;
  const setup: Plugin["setup"] = (registrar) => {
    plugin.setup(registrar, read);
  };
  return { name, apiVersion, setup, source: use, required, ...(requires !== undefined && { requires }) };
}

async function importModule(use: string, configFile: string): Promise<Record<string, unknown>> {
  const late = AbortSignal.timeout(patienceMs);
  const tooLate = new Promise<never>((_resolve, reject) => {
    late.addEventListener("abort", () => reject(new Error(`it is not loaded after ${patienceMs / 1000} s`)));
  });
  try {
    return await Promise.race([import(locate(use, configFile)) as Promise<Record<string, unknown>>, tooLate]);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw notLoaded(use, configFile, reason, error);
  }
}

/** `./x.mjs` and absolute paths are files beside the config; anything else is a package. */
function locate(name: string, configFile: string): string {
  const folder = join(configFile, "..");
  if (isAbsolute(name)) return pathToFileURL(name).href;
  if (name.startsWith(".")) return pathToFileURL(join(folder, name)).href;
  return pathToFileURL(createRequire(configFile).resolve(name)).href;
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "setup" in value && "apiVersion" in value;
}

function notLoaded(plugin: string, file: string, reason: string, cause?: unknown): LauncherError {
  return new LauncherError("NOMAD_E_PLUGIN_LOAD", { plugin, file, reason }, { cause });
}
