/** dist, built again only when a source is newer. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { nodeEnv } from "./node24.mjs";
import { run } from "./run.mjs";

const SOURCES = ["src", "config", "package.json", "tsconfig.json", "tsconfig.build.json", "scripts/build.mjs"];

/** The bundled launch host and CLI, which the Python side runs. @param {string} root */
export function bundlePath(root) {
  return join(root, "dist", "bundle", "metaflow-nomad.mjs");
}

/** @param {string} root @param {import('./progress.mjs').Progress} progress */
export async function ensureBuilt(root, progress) {
  const built = existsSync(bundlePath(root)) ? statSync(bundlePath(root)).mtimeMs : 0;
  if (built > Math.max(...SOURCES.map((path) => newestIn(join(root, path))))) return;
  await progress.step(
    "dist",
    "building (npm run build)",
    () => run("npm", ["run", "--silent", "build"], { cwd: root, env: nodeEnv(root) }),
    { expect: "about 15 s" },
  );
}

/** @param {string} path @returns {number} */
function newestIn(path) {
  const stat = existsSync(path) ? statSync(path) : undefined;
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
