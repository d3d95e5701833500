import { pathToFileURL } from "node:url";
import { LauncherError } from "../errors/launcher-error.js";
import { callers, type ConsoleParts, pluginConsole } from "./plugin-console.js";
import { launcherFolder, ownerOf, type PluginPlace } from "./plugin-places.js";
import { failed, reasonOf } from "./plugin-report.js";

/**
 * Keeps plugins from ending the process or writing into its output: from here on, `console` is the log, `process.exit` is refused to
 * them, and what they throw where nobody can catch it (a timer's callback, a promise that nobody waits for) is logged with their name. For the
 * command line, whose process this is; what is not a plugin's does what it always did.
 */
export function containPlugins(parts: ConsoleParts): void {
  const { places, logger } = parts;
  if (places.length === 0) return;
  globalThis.console = pluginConsole(parts);
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const plugin = ownerOf(callers(), places);
    if (plugin === undefined) return exit(code);
    throw failed(plugin, "process.exit", "a plugin may not end the launcher");
  };
  const contain = (error: unknown) => {
    const plugin = throwerOf(error, places);
    if (plugin === undefined) return false;
    logger.warn(
      { plugin, error: reasonOf(error) },
      "a plugin failed where nobody waits for it; what it was about is not done",
    );
    return true;
  };
  process.on("uncaughtException", (error) => contain(error) || die(error));
  process.on("unhandledRejection", (error) => contain(error) || die(error));
}

/** The plugin whose function threw an error: the innermost function that is a plugin's or the launcher's own decides. */
export function throwerOf(error: unknown, places: readonly PluginPlace[]): string | undefined {
  if (error instanceof LauncherError) return undefined;
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  // Of an ECMAScript module it is a URL, of a CommonJS one a path; `node:internal/fs/promises:1345:25` is neither.
  const frames = stack.matchAll(/^ +at (?:.* \()?(?:async )?((?:file:\/\/)?\/[^()]+?):\d+:\d+/gm);
  for (const [, file = ""] of frames) {
    const url = file.startsWith("/") ? pathToFileURL(file).href : file;
    const plugin = ownerOf([url], places);
    if (plugin !== undefined || url.startsWith(launcherFolder)) return plugin;
  }
  return undefined;
}

/** What Node does with an error that nobody catches. */
function die(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
