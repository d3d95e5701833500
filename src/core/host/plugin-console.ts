import { Console } from "node:console";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { getCallSites } from "node:util";
import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";
import { pluginLogger } from "./plugin-logger.js";
import { ownerOf, type PluginPlace } from "./plugin-places.js";

/** How many functions back a plugin is looked for among the callers of `console.log`. */
const depth = 50;

/** Where what is printed goes. */
export interface ConsoleParts {
  readonly places: readonly PluginPlace[];
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * A console that writes to the log, with the plugin's name in every line: `log`, `info`, `debug`, `table`… as news, `warn`, `error` and
 * `trace` as warnings. Standard output is the launcher's own: what a task printed, or events that a program reads.
 */
export function pluginConsole({ places, logger, clock }: ConsoleParts): Console {
  const loggers = new Map<string, Logger>();
  const loggerOf = (plugin: string | undefined): Logger => {
    const found = loggers.get(plugin ?? "") ?? (plugin === undefined ? logger : pluginLogger(plugin, logger, clock));
    loggers.set(plugin ?? "", found);
    return found;
  };
  const to = (level: "info" | "warn") =>
    new Writable({
      decodeStrings: false,
      // At once, while the caller is under way: its functions say whose line it is.
      write: (text: string, _encoding, done) => {
        loggerOf(ownerOf(callers(), places))[level]({}, text.replace(/\n$/, ""));
        done();
      },
    });
  return new Console({ stdout: to("info"), stderr: to("warn"), colorMode: false });
}

/** URLs of the functions under way, innermost first. */
export function callers(): readonly string[] {
  // Of a CommonJS module it is a path.
  return getCallSites(depth).map(({ scriptName }) =>
    scriptName.startsWith("/") ? pathToFileURL(scriptName).href : scriptName,
  );
}
