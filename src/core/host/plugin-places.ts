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
}

/**
 * The module that an entry of `plugins` names: `./x.mjs` and absolute paths are files beside the config; anything else is a package.
 * @throws Error Node's own, when there is no such package.
 */
export function locatePlugin(use: string, configFile: string): string {
  if (isAbsolute(use)) return pathToFileURL(use).href;
  if (use.startsWith(".")) return pathToFileURL(join(configFile, "..", use)).href;
  return pathToFileURL(createRequire(configFile).resolve(use)).href;
}

/** Where listed plugins lie; those that cannot be found are left out, for they are told of when they are loaded. */
export function placesOf(uses: readonly string[], configFile: string): readonly PluginPlace[] {
  return uses.flatMap((use) => {
    try {
      // Node runs a module under its real path, whatever links lead to it.
      const file = realpathSync(fileURLToPath(locatePlugin(use, configFile)));
      const isPath = use.startsWith(".") || isAbsolute(use);
      const folder = isPath ? dirname(file) : packageOf(file);
      return [{ plugin: use, roots: [pathToFileURL(file).href, `${pathToFileURL(folder).href}/`] }];
    } catch {
      return [];
    }
  });
}

/** The plugin that code is of, by URLs of the functions under way, innermost first. */
export function ownerOf(urls: readonly string[], places: readonly PluginPlace[]): string | undefined {
  const roots = places.flatMap(({ plugin, roots }) => roots.map((root) => ({ root, plugin })));
  for (const url of urls) {
    const own = roots.filter(({ root }) => url.startsWith(root));
    const [best] = own.sort((one, other) => other.root.length - one.root.length);
    if (best !== undefined) return best.plugin;
  }
  return undefined;
}

/** The folder of the package that a file is part of. */
function packageOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, "package.json"))) return folder;
  return dirname(file);
}
