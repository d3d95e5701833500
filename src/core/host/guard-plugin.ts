import type { LaunchFeature } from "../contracts/feature.js";
import type { TaskDriver } from "../contracts/task-driver.js";
import { LauncherError } from "../errors/launcher-error.js";
import { failed } from "./plugin-report.js";

/**
 * A plugin's driver or feature that cannot do harm by failing: what it throws names the plugin, and what it returns is
 * looked at. Everything else is passed on as it is.
 */
export function guarded(item: unknown, plugin: string): unknown {
  if (typeof item !== "object" || item === null) return item;
  if ("contribute" in item) return guardFeature(item as LaunchFeature, plugin);
  return "toConfig" in item ? guardDriver(item as TaskDriver, plugin) : item;
}

function guardFeature(feature: LaunchFeature, plugin: string): LaunchFeature {
  const what = `its feature ${feature.name}`;
  const contribute: LaunchFeature["contribute"] = (job, context) => {
    const result = named(plugin, what, () => feature.contribute(job, context)) as unknown;
    const groups = (result as { TaskGroups?: unknown } | undefined)?.TaskGroups;
    if (!Array.isArray(groups)) throw failed(plugin, what, "it returned no job");
    return result as typeof job;
  };
  return over(feature, { contribute });
}

function guardDriver(driver: TaskDriver, plugin: string): TaskDriver {
  const what = `its driver ${driver.name}`;
  const toConfig: TaskDriver["toConfig"] = (...args) => named(plugin, what, () => driver.toConfig(...args));
  // The task is over when a driver explains: an outcome there must be.
  const explain: NonNullable<TaskDriver["explain"]> = (...args) => {
    try {
      return driver.explain?.(...args);
    } catch {
      return undefined;
    }
  };
  return over(driver, { toConfig, explain });
}

function named<T>(plugin: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof LauncherError ? error : failed(plugin, what, error);
  }
}

/** The object with some methods replaced, whatever class it is of: its getters still see their own private fields. */
function over<T extends object>(item: T, methods: Partial<T>): T {
  const get = (target: T, key: string | symbol): unknown => Reflect.get(key in methods ? methods : target, key);
  return new Proxy(item, { get });
}
