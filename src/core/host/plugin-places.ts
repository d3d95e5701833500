import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Where a plugin's code lies: its module, and the folder of it. */
export interface PluginPlace {
  /** Package or path, as it stands in the config file. */
  readonly plugin: string;
  /** URLs that its code begins with: the module's own first, then that of the package or folder it lies in. */
  readonly roots: readonly string[];
  /** What lies below these without being the plugin's: matches the rest of a URL. */
  readonly others: RegExp;
}

/** Where installed packages lie, Node's and Python's. */
const packages = "(?:^|/)(?:node_modules|site-packages|dist-packages)/";

/** Where the launcher's own code lies: `dist`, or the folder of the one file that it was bundled into. */
export const launcherFolder = new URL(
  /\/core\/host\/plugin-places\.[jt]s$/.test(import.meta.url) ? "../../" : "./",
  import.meta.url,
).href;

/**
 * The module that an entry of `plugins` names: `./x.mjs` and absolute paths are files beside the config; anything else is a package.
 * @throws Error Node's own, when there is no such package.
 */
export function locatePlugin(use: string, configFile: string): string {
  if (isAbsolute(use)) return pathToFileURL(use).href;
  if (use.startsWith(".")) return pathToFileURL(join(configFile, "..", use)).href;
  return pathToFileURL(createRequire(configFile).resolve(use)).href;
}

/**
 * Where listed plugins lie; those that cannot be found are left out, for they are told of when they are loaded.
 * @param launcher URL of the folder of the launcher's own code, which is no plugin's wherever it lies. Default: where this is.
 */
export function placesOf(
  uses: readonly string[],
  configFile: string,
  launcher: string = launcherFolder,
): readonly PluginPlace[] {
  return uses.flatMap((use) => {
    try {
      // Node runs a module under its real path, whatever links lead to it.
      const file = realpathSync(fileURLToPath(locatePlugin(use, configFile)));
      const isPath = use.startsWith(".") || isAbsolute(use);
      const folder = `${pathToFileURL(isPath ? dirname(file) : packageOf(file)).href}/`;
      // A package's own packages are part of it; a file lies beside a project's, and often beside the launcher.
      const others = [...below(folder, launcher), ...(isPath ? [packages] : []), "(?!)"].join("|");
      return [{ plugin: use, roots: [pathToFileURL(file).href, folder], others: new RegExp(others) }];
    } catch {
      return [];
    }
  });
}

/** The plugin that code is of, by URLs of the functions under way, innermost first. */
export function ownerOf(urls: readonly string[], places: readonly PluginPlace[]): string | undefined {
  const roots = places.flatMap(({ roots, ...place }) => roots.map((root) => ({ root, ...place })));
  for (const url of urls) {
    const own = roots.filter(({ root, others }) => {
      const rest = url.slice(root.length);
      return url.startsWith(root) && (rest === "" || !others.test(rest));
    });
    const [best] = own.sort((one, other) => other.root.length - one.root.length);
    if (best !== undefined) return best.plugin;
  }
  return undefined;
}

/** Matches the launcher's folder as seen from another, where it lies in that. */
function below(folder: string, launcher: string): readonly string[] {
  if (!launcher.startsWith(folder)) return [];
  return [`^${launcher.slice(folder.length).replace(/[^\w/]/g, "\\$&")}`];
}

/** The folder of the package that a file is part of. */
function packageOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, "package.json"))) return folder;
  return dirname(file);
}
