import type { Logger } from "../contracts/logger.js";
import type { PluginRegistrar } from "../contracts/plugin.js";
import type { Registration, ShelfName } from "./plugin-shapes.js";

/**
 * Takes a plugin's registrations down, so that a plugin which fails half-way leaves nothing behind.
 * @param isOpen whether its setup is still under way: what comes later would come too late.
 */
export function collector(asked: Registration[], logger: Logger, isOpen: () => boolean): PluginRegistrar {
  const note = (shelf: ShelfName) => (name: unknown, item: unknown) => {
    if (isOpen()) asked.push({ shelf, name, item });
    else logger.warn({ what: shelf, name }, "too late: a plugin registers everything in its setup, at once");
  };
  const named =
    (shelf: ShelfName, key: "name" | "key" = "name") =>
    (item: object | undefined) => {
      note(shelf)(item === undefined ? undefined : Reflect.get(Object(item) as object, key), item);
    };
  return {
    logger,
    driver: (driver, options) => {
      named("drivers")(driver);
      const last = asked.pop();
      if (last !== undefined) asked.push({ ...last, replaces: options?.replaces });
    },
    otherDrivers: (make) => note("otherDrivers")("others", make),
    device: named("devices"),
    feature: named("features"),
    transport: note("transports"),
    watcher: note("watchers"),
    credentials: note("credentials"),
    classifier: named("classifiers"),
    logSink: note("logSinks"),
    metrics: note("metrics"),
    queueSource: note("queueSources"),
    command: named("commands"),
    config: named("fragments", "key"),
  };
}
