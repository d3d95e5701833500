import type { JsonValue } from "../model/json.js";
import type { ValuePath } from "./config-file.js";
import type { SiteInput } from "./schema.js";

/** Some of a site's settings, of one origin. */
export interface Layer {
  /** Where a value of this layer stands, for `config show`. */
  origin(path: ValuePath): string;
  readonly values: PartialSite;
}

/** Any part of a site. */
export type PartialSite = { readonly [Key in keyof SiteInput]?: SiteInput[Key] | undefined };

/** One effective value, and where it came from. */
export interface Origin {
  /** Dotted path inside the site, e.g. `defaults.cpu`. */
  readonly path: string;
  readonly value: JsonValue;
  readonly origin: string;
}

/** Settings made of several values, each with its own origin. */
const groups = new Set(["tls", "auth", "shared", "packageCache", "defaults", "gpu", "drivers", "extensions"]);

/** Lays the layers over each other, highest first. */
export function mergeLayers(layers: readonly Layer[]): { values: PartialSite; origins: readonly Origin[] } {
  const found = new Map<string, { path: readonly string[]; value: JsonValue; origin: string }>();
  for (const layer of layers) {
    for (const { path, value } of leaves(layer.values)) {
      const key = path.join("\0");
      if (!found.has(key)) found.set(key, { path, value, origin: layer.origin(path) });
    }
  }
  const all = [...found.values()];
  const origins = all.map(({ path, value, origin }) => ({ path: path.join("."), value, origin }));
  return { values: assemble(all), origins };
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

function leaves(values: PartialSite): Leaf[] {
  return present(values).flatMap(([key, value]) =>
    groups.has(key)
      ? present(value as object).map(([inner, leaf]) => ({ path: [key, inner], value: leaf }))
      : [{ path: [key], value }],
  );
}

function present(values: object): [string, JsonValue][] {
  return Object.entries(values).filter(([, value]) => value !== undefined) as [string, JsonValue][];
}

function assemble(all: readonly Leaf[]): PartialSite {
  const site: Record<string, JsonValue> = {};
  for (const { path, value } of all) {
    const [key = "", inner] = path;
    site[key] = inner === undefined ? value : { ...(site[key] as object | undefined), [inner]: value };
  }
  // The layers were checked one by one; laying them over each other makes no new kind of value.
  return site;
}
