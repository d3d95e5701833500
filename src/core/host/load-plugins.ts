import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "../contracts/plugin.js";
import { LauncherError } from "../errors/launcher-error.js";

/**
 * Imports the plugins a config file lists: npm packages, found from the file's folder, or paths of modules.
 *
 * All are tried before any failure is reported, so that one start names every broken plugin.
 */
export async function loadPlugins(names: readonly string[], configFile: string): Promise<Plugin[]> {
  const results = await Promise.allSettled(names.map((name) => loadPlugin(name, configFile)));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as LauncherError] : []));
  const [first, ...others] = failures;
  if (first !== undefined) {
    const rest = others.map((failure) => failure.message).join(" ");
    throw new LauncherError(
      first.code,
      { ...first.facts, ...(rest && { reason: `${first.facts["reason"]}. ${rest}` }) },
      { cause: first },
    );
  }
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

async function loadPlugin(name: string, configFile: string): Promise<Plugin> {
  const fail = (reason: string, cause?: unknown) =>
    new LauncherError("NOMAD_E_PLUGIN_LOAD", { plugin: name, file: configFile, reason }, { cause });
  let module: Record<string, unknown>;
  try {
    module = (await import(locate(name, configFile))) as Record<string, unknown>;
  } catch (error) {
    throw fail(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error), error);
  }
  const plugin = Object.values(module).find(isPlugin);
  if (plugin === undefined) throw fail("it exports no plugin made by definePlugin");
  return plugin;
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
