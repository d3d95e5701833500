/** node_modules as package-lock.json says. Runs before anything is installed, so it knows nothing but Node itself. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./cache.mjs";
import { capture, run } from "./run.mjs";

/**
 * Installs the npm packages where they are missing or not those of package-lock.json.
 * @param {string} root @param {import('./progress.mjs').Progress} progress
 */
export async function ensureNodeModules(root, progress) {
  if (isCurrent(root)) return;
  const install = () => withLock("npm-ci", async () => void (isCurrent(root) || (await npmInstall(root))));
  await progress.step("npm packages", "installing (npm ci)", install, { expect: "about 1 min" });
}

/**
 * Scripts are allowed although a user's npmrc may forbid them: the `node` package fetches its binary in one (design, fact 24).
 * `npm ci` refuses a lock file that lacks another platform's optional packages, as one written against a registry that has
 * not got them all does; `npm install` takes the same versions and completes them in memory.
 * @param {string} root
 */
async function npmInstall(root) {
  const quiet = ["--ignore-scripts=false", "--no-audit", "--no-fund"];
  const ci = await capture("npm", ["ci", ...quiet], { cwd: root });
  if (ci.code !== 0) await run("npm", ["install", "--no-save", ...quiet], { cwd: root });
}

/** Compared by content: file times say nothing after a git checkout or an `npm install`. @param {string} root */
function isCurrent(root) {
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json"));
  const wanted = packagesOf(join(root, "package-lock.json"));
  if (!installed || !existsSync(join(root, "node_modules", ".bin", "node"))) return false;
  return Object.entries(wanted ?? {}).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const found = installed[path];
    return found ? found.version === version : Boolean(optional);
  });
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }> | undefined} */
function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}
