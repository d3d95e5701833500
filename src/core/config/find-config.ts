import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { cosmiconfig } from "cosmiconfig";
import { LauncherError } from "../errors/launcher-error.js";
import { type ConfigFile, codeFile, textFile } from "./config-file.js";

const name = "metaflow-nomad";
const endings = ["yaml", "yml", "json", "mjs", "js", "cjs"];
const flowPlaces = [
  ...endings.map((ending) => `${name}.config.${ending}`),
  `.${name}rc`,
  ...endings.map((ending) => `.${name}rc.${ending}`),
  ...endings.map((ending) => `.config/${name}.config.${ending}`),
  "package.json",
];
const userPlaces = [
  ...endings.map((ending) => `config.${ending}`),
  ...endings.map((ending) => `${name}.config.${ending}`),
];

/** Where to look for a config file. */
export interface SearchOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the flow; searched first, then every folder above it. */
  readonly startDir: string;
  /** The file METAFLOW_NOMAD_CONFIG names in Metaflow's own configuration. */
  readonly named?: string | undefined;
}

/**
 * Finds the config file: METAFLOW_NOMAD_CONFIG, else the flow's folder upward, else `~/.config/metaflow-nomad`
 * (XDG_CONFIG_HOME). A JavaScript file is executed.
 * @throws LauncherError `NOMAD_E_CONFIG_UNREADABLE`
 */
export async function findConfig({ env, startDir, named }: SearchOptions): Promise<ConfigFile | undefined> {
  const file = namedFile({ env, startDir, named });
  if (file !== undefined) return readConfig(file);
  return (await search(upward(resolve(startDir)), flowPlaces)) ?? (await search([userFolder(env)], userPlaces));
}

/** Where `findConfig` looks, in its order: one file that is named, or these folders. */
export function configPlaces(
  options: SearchOptions,
): { readonly file: string } | { readonly folders: readonly string[] } {
  const file = namedFile(options);
  return file === undefined ? { folders: [...upward(resolve(options.startDir)), userFolder(options.env)] } : { file };
}

function namedFile({ env, startDir, named }: SearchOptions): string | undefined {
  const file = named || env["METAFLOW_NOMAD_CONFIG"];
  return file ? resolve(startDir, file) : undefined;
}

function userFolder(env: SearchOptions["env"]): string {
  return join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), name);
}

/** A folder and every folder above it. */
function upward(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upward(above)];
}

/** Reads one config file by its name's ending; a name without one is YAML. */
async function readConfig(file: string): Promise<ConfigFile> {
  const found = await guarded(file, () => explorer([]).load(file));
  return asConfigFile(file, found?.config);
}

async function search(folders: readonly string[], places: string[]): Promise<ConfigFile | undefined> {
  for (const folder of folders) {
    const found = await guarded(folder, () => explorer(places).search(folder));
    if (found !== null) return asConfigFile(found.filepath, found.config);
  }
  return undefined;
}

/** Looks into one folder only: above the last one, cosmiconfig would look into its own idea of a user's folder. */
function explorer(searchPlaces: string[]): ReturnType<typeof cosmiconfig> {
  const loaders = { ".yaml": keepText, ".yml": keepText, ".json": keepText, noExt: keepText, default: keepText };
  return cosmiconfig(name, { cache: false, searchStrategy: "none", searchPlaces, loaders });
}

/** Only notes that a text is there: it is parsed with its lines afterwards. */
function keepText(file: string, content: string): unknown {
  if (basename(file) !== "package.json") return { content };
  try {
    return JSON.parse(content);
  } catch {
    // Somebody else's broken package.json, somewhere above, is not our matter.
    return {};
  }
}

async function asConfigFile(file: string, loaded: unknown): Promise<ConfigFile> {
  if (/^\.[cm]?[jt]s$/.test(extname(file))) return codeFile(file, loaded);
  const text = await readFile(file, "utf8");
  return textFile(file, text, basename(file) === "package.json" ? [name] : []);
}

async function guarded<T>(place: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LauncherError) throw error;
    const file = (error as { filepath?: string }).filepath ?? place;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LauncherError("NOMAD_E_CONFIG_UNREADABLE", { file, reason, place: file }, { cause: error });
  }
}
