/** Azurite, Microsoft's own emulator: the tests' Azure Blob Storage. Outside the tree, so that `npm ci` stays lean. */
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { createProgress } from "./progress.mjs";
import { run } from "./run.mjs";

const VERSION = "3.35.0";

/** The path of the blob service's program, for Node. @param {import('./progress.mjs').Progress} [progress] */
export async function obtainAzurite(progress = createProgress("setup")) {
  const dir = await ensureCached(`azurite-${VERSION}`, VERSION, async (target) => {
    const install = ["install", "--prefix", target, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    const fetch = () =>
      run("npm", [...install, `azurite@${VERSION}`], { cwd: target, logFile: join(target, "npm.log") });
    await progress.step(`azurite ${VERSION}`, "installing (npm)", fetch, { expect: "about 30 s cold" });
  });
  return join(dir, "node_modules", "azurite", "dist", "src", "blob", "main.js");
}
