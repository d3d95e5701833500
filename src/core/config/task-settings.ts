import { LauncherError } from "../errors/launcher-error.js";
import { type Settings, word } from "./implicit-sites.js";
import type { Layer } from "./layers.js";
import type { SiteInput } from "./schema.js";

type Defaults = NonNullable<SiteInput["defaults"]>;

/** Setting -> the key of a site's `defaults`; `driver` stands beside them. */
const names: Readonly<Record<string, keyof Defaults | "driver">> = {
  DEFAULT_IMAGE: "image",
  DEFAULT_DATACENTERS: "datacenters",
  CPU: "cpu",
  MEMORY: "memory",
  DISK: "disk",
  NAMESPACE: "namespace",
  NODE_POOL: "nodePool",
  DRIVER: "driver",
};
const texts = new Set(["image", "namespace", "nodePool", "driver"]);

/**
 * METAFLOW_NOMAD_* task settings: they stand above every site's defaults.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID` for a number that is none.
 */
export function taskSettings(conf: Settings): Layer {
  const entries = Object.entries(names).flatMap(([key, field]) => {
    const value = readSetting(key, field, conf[key]);
    return value === undefined ? [] : [[field, value] as const];
  });
  const keys = Object.fromEntries(Object.entries(names).map(([key, field]) => [field, key]));
  const { driver, ...defaults } = Object.fromEntries(entries);
  return {
    origin: (path) => `METAFLOW_NOMAD_${keys[String(path.at(-1))] ?? ""}`,
    values: { defaults, ...(typeof driver === "string" && { driver }) },
  };
}

function readSetting(
  key: string,
  field: keyof Defaults | "driver",
  value: unknown,
): string | number | readonly string[] | undefined {
  if (field === "datacenters") return datacenters(value);
  const text = word(value);
  if (text === undefined || texts.has(field)) return text;
  const least = field === "disk" ? 10 : 1;
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  const unit = field === "cpu" ? "MHz" : "MB";
  throw new LauncherError("NOMAD_E_CONFIG_INVALID", {
    file: "The environment or Metaflow's configuration",
    place: `METAFLOW_NOMAD_${key}`,
    problem: `${JSON.stringify(text)} is not a whole number of ${unit}, at least ${least}`,
  });
}

/** A list, a JSON list, or names with commas between them. */
function datacenters(value: unknown): readonly string[] | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? value : splitList(word(value) ?? "");
  const found = items.map(word).filter((name) => name !== undefined);
  return found.length === 0 ? undefined : found;
}

function splitList(text: string): readonly unknown[] {
  if (!text.startsWith("[")) return text.split(",");
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  } catch {
    return text
      .replace(/^\[|\]$/g, "")
      .split(",")
      .map((name) => name.trim().replace(/^["']|["']$/g, ""));
  }
}
