/**
 * npm run test:faults: the matrix of outcomes and faults by driver and way of watching, on a real cluster.
 *   -- --only=NAME,…   only the faults whose name has one of these
 *   -- --soak          2,000 short tasks with faults by chance; --tasks=N, --seed=N
 * Not part of npm test. Ends with 1 where a verdict was wrong, a line lost, or a job left.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { bundlePrograms } from "./lib/bundle.mjs";
import { entry } from "./lib/errors.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { findNode, nodeEnv } from "./lib/node24.mjs";
import { createProgress } from "./lib/progress.mjs";
import { ROOT } from "./lib/root.mjs";
import { setUp } from "./setup.mjs";

const soak = process.argv.includes("--soak");

async function main() {
  await ensureNodeModules(ROOT, createProgress("faults"));
  await setUp(["npm", "nomad", ...(soak ? [] : ["docker", "image", "libraries"])]);
  const [program = ""] = await bundlePrograms("test/faults", ["run"]);
  try {
    const args = [program, ...process.argv.slice(2)];
    return spawnSync(findNode(ROOT), args, { stdio: "inherit", cwd: ROOT, env: nodeEnv(ROOT) }).status ?? 1;
  } finally {
    rmSync(program, { force: true });
    const { sweepStale } = await import("../test/support/cluster/index.mjs");
    await sweepStale();
  }
}

await entry(main);
process.exit();
