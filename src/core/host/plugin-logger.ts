import type { Clock } from "../contracts/clock.js";
import type { Logger } from "../contracts/logger.js";

/** Lines a plugin may write within one window, and how long that is, in milliseconds. */
const linesPerWindow = 200;
const windowMs = 60_000;

/** A log for one plugin: its name stands in every line, and a flood is cut short, which is said once in each window. */
export function pluginLogger(plugin: string, logger: Logger, clock: Clock): Logger {
  let since = clock.now();
  let lines = 0;
  const write =
    (level: keyof Logger): Logger["info"] =>
    (fields, message) => {
      if (clock.now() - since >= windowMs) [since, lines] = [clock.now(), 0];
      lines += 1;
      if (lines <= linesPerWindow) logger[level]({ ...fields, plugin }, message);
      else if (lines === linesPerWindow + 1)
        logger.warn({ plugin }, `plugin ${plugin} floods the log: what else it writes within this minute is left out`);
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
