import type { Plugin } from "../contracts/plugin.js";
import { LauncherError } from "../errors/launcher-error.js";
import { textOf } from "./plugin-report.js";

/** Plugins in an order in which each comes after those it requires, and those for which there is none. */
export interface OrderedPlugins {
  readonly order: readonly Plugin[];
  /** Plugins that wait for each other, with the circle they are in. */
  readonly circles: ReadonlyMap<Plugin, LauncherError>;
}

/** Puts plugins in order, otherwise as they are listed. What nobody brings is left for the registry to name. */
export function orderPlugins(plugins: readonly Plugin[]): OrderedPlugins {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const order = new Set<Plugin>();
  const circles = new Map<Plugin, LauncherError>();
  const place = (plugin: Plugin, path: readonly Plugin[]): void => {
    if (order.has(plugin) || circles.has(plugin)) return;
    if (path.includes(plugin)) {
      const circle = path.slice(path.indexOf(plugin));
      for (const one of circle) circles.set(one, circular(one, circle));
      return;
    }
    for (const name of requiredBy(plugin)) {
      const before = byName.get(name);
      if (before !== undefined) place(before, [...path, plugin]);
    }
    if (!circles.has(plugin)) order.add(plugin);
  };
  for (const plugin of plugins) place(plugin, []);
  return { order: [...order], circles };
}

/** A plugin may be JavaScript: what it requires may be anything. */
function requiredBy({ requires }: { readonly requires?: unknown }): readonly string[] {
  return Array.isArray(requires) ? requires.map(textOf) : [];
}

function circular(plugin: Plugin, circle: readonly Plugin[]): LauncherError {
  const names = [...circle, circle[0]].map((one) => one?.name ?? "");
  const problem = `it is in a circle of plugins that require each other: ${names.join(" -> ")}`;
  return new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin: plugin.name, problem });
}
