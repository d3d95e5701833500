import type { LaunchFeature } from "../contracts/feature.js";
import { LauncherError } from "../errors/launcher-error.js";

/** Orders features: the essential ones and those the site lists, or all; each after those it names, and the `last` ones at the end. */
export function orderFeatures(
  all: readonly LaunchFeature[],
  wanted: readonly string[] | undefined,
  site: string,
): LaunchFeature[] {
  const byName = new Map(all.map((feature) => [feature.name, feature]));
  const ordered = new Set<LaunchFeature>();
  const place = (name: string, path: readonly string[]): void => {
    const feature = byName.get(name);
    if (feature === undefined) throw unknownFeature(name, site, byName);
    if (ordered.has(feature)) return;
    if (path.includes(name)) throw featureCycle([...path, name]);
    for (const earlier of feature.after ?? []) if (byName.has(earlier)) place(earlier, [...path, name]);
    ordered.add(feature);
  };
  const essential = all.filter((feature) => feature.essential === true).map((feature) => feature.name);
  for (const name of wanted === undefined ? byName.keys() : [...essential, ...wanted]) place(name, []);
  const order = [...ordered];
  return [...order.filter(({ last }) => last !== true), ...order.filter(({ last }) => last === true)];
}

function unknownFeature(name: string, site: string, byName: ReadonlyMap<string, LaunchFeature>): LauncherError {
  const known = [...byName.keys()].join(", ");
  return new LauncherError("NOMAD_E_PLUGIN_UNKNOWN", { kind: "feature", name, site, known });
}

function featureCycle(path: readonly string[]): LauncherError {
  const problem = `its features wait for each other: ${path.join(" -> ")}`;
  return new LauncherError("NOMAD_E_PLUGIN_SHAPE", { plugin: path[0] ?? "", problem });
}
