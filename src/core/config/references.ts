import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LauncherError } from "../errors/launcher-error.js";
import type { ConfigFile, ValuePath } from "./config-file.js";

/** `${env:NAME}`, `${env:NAME:-otherwise}` and `${file:path}`. Nomad's own `${…}` have no colon after the first word. */
const reference = /\$\{(env|file):([^}]+)\}/g;

/**
 * Fills references to the environment and to files into the texts of a config file. A file's last end of line is left out; its path
 * starts at the config file.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID` with the place, when a variable is not set or a file cannot be read.
 */
export function resolveReferences(config: ConfigFile, env: Readonly<Record<string, string | undefined>>): ConfigFile {
  const fill = (value: unknown, path: ValuePath): unknown => {
    if (typeof value === "string")
      return value.replace(reference, (_all, kind: string, what: string) => read(kind, what, path));
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  const read = (kind: string, what: string, path: ValuePath): string => {
    const found = kind === "env" ? ofVariable(what, env) : ofFile(what, config.file);
    if (found.text !== undefined) return found.text;
    const place = `${config.place(path)} (${path.join(".")})`;
    throw new LauncherError("NOMAD_E_CONFIG_INVALID", { file: config.file, place, problem: found.problem });
  };
  return { file: config.file, value: fill(config.value, []), place: (path) => config.place(path) };
}

type Found = { readonly text: string } | { readonly text?: undefined; readonly problem: string };

function ofVariable(what: string, env: Readonly<Record<string, string | undefined>>): Found {
  const [, name = what, otherwise] = /^([^:]+)(?::-(.*))?$/.exec(what) ?? [];
  const text = env[name] || otherwise;
  return text === undefined ? { problem: `the environment variable ${name} is not set` } : { text };
}

function ofFile(path: string, configFile: string): Found {
  const file = resolve(dirname(configFile), path);
  try {
    return { text: readFileSync(file, "utf8").replace(/\r?\n$/, "") };
  } catch (error) {
    return {
      problem: `${file} cannot be read (${error instanceof Error ? error.message.split(",")[0] : String(error)})`,
    };
  }
}
