import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { LauncherError } from "../core/errors/launcher-error.js";
import { loadHere } from "./open-host.js";
import { say } from "./say.js";
import { pluginsCheckCommand } from "./plugins-command.js";

/**
 * `metaflow-nomad plugins add PACKAGE…`: installs plugins beside the config file, or here where there is none, and checks them.
 *
 * For people who only have pip: the npm that the wheel's Node brings along does it.
 */
export async function pluginsAddCommand(packages: readonly string[]): Promise<number> {
  const { file } = await loadHere();
  const folder = file === undefined ? process.cwd() : dirname(file);
  const found = packages.map((name) => (/^\.{0,2}\//.test(name) ? resolve(name) : name));
  const before = installed(folder);
  await install(found, folder);
  const names = installed(folder).filter((name) => !before.includes(name) || found.some((one) => one.startsWith(name)));
  for (const name of names) await pluginsCheckCommand(name, { folder });
  const list = names.map((name) => JSON.stringify(name)).join(", ");
  say(`Installed in ${join(folder, "node_modules")}. Name it in ${file ?? "your site file"}: plugins: [${list}]\n`);
  return 0;
}

/** Packages that the folder's package.json names. */
function installed(folder: string): readonly string[] {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return [];
  const { dependencies = {} } = createRequire(file)("./package.json") as { dependencies?: Record<string, string> };
  return Object.keys(dependencies);
}

async function install(packages: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const manifest = join(folder, "package.json");
  // Without one, npm would install into some folder above.
  if (!existsSync(manifest)) await writeFile(manifest, '{ "private": true }\n');
  const [program = "npm", ...args] = npmCommand();
  // The contracts come along with the launcher: a peer of that name need not be fetched.
  const options = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--legacy-peer-deps", "--", ...packages];
  const child = spawn(program, [...args, ...options], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  const failure = (reason: string) =>
    new LauncherError("NOMAD_E_PLUGIN_LOAD", { plugin: packages.join(", "), file: manifest, reason });
  const [code] = (await once(child, "close").catch((error: unknown) => {
    throw failure(`${program} could not be run (${String(error)})`);
  })) as [number | null];
  if (code !== 0) throw failure(`npm install ended with ${String(code)}`);
}

/** The npm beside this Node, wherever that is from; else the one on PATH. */
function npmCommand(): readonly string[] {
  const folder = dirname(process.execPath);
  const places = [
    join(folder, "../lib/node_modules/npm/bin/npm-cli.js"),
    join(folder, "lib/node_modules/npm/bin/npm-cli.js"),
  ];
  const own = places.find((place) => existsSync(place));
  return own === undefined ? ["npm"] : [process.execPath, own];
}
