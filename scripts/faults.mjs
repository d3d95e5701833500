/**
 * npm run test:faults: the matrix of outcomes and faults by driver and way of watching, on a real cluster.
 *   -- --only=NAME,…   only the faults whose name has one of these
 *   -- --pools         500 items of a worker pool whose workers are killed at random; --items=N, --seed=N
 *   -- --soak          2,000 short tasks with faults by chance; --tasks=N, --seed=N
 * Not part of npm test. Ends with 1 where a verdict was wrong, a line lost, or a job left.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { bundlePrograms } from "./lib/bundle.mjs";
import { entry } from "./lib/errors.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { findNode, nodeEnv } from "./lib/node24.mjs";
import { createProgress } from "./lib/progress.mjs";
import { createVenv, findPython, TEST_PACKAGES } from "./lib/python-env.mjs";
import { ROOT } from "./lib/root.mjs";
import { setUp } from "./setup.mjs";

const soak = process.argv.includes("--soak");

async function main() {
  await ensureNodeModules(ROOT, createProgress("faults"));
  if (process.argv.includes("--pools")) return await pools();
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

/** It needs Metaflow, so it is an end-to-end test: the same that npm test runs with few items. */
async function pools() {
  const progress = createProgress("faults");
  await setUp(["npm", "dist", "nomad", "docker", "image", "libraries", "rclone"]);
  const python = await createVenv(findPython(), "tests", TEST_PACKAGES, progress);
  const option = (/** @type {string} */ name, /** @type {string} */ otherwise) =>
    process.argv.find((word) => word.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise;
  const env = {
    ...nodeEnv(ROOT),
    METAFLOW_NOMAD_CHAOS_ITEMS: option("items", "500"),
    METAFLOW_NOMAD_CHAOS_SEED: option("seed", "8"),
  };
  const args = ["-m", "pytest", "-v", "-s", "-p", "no:cacheprovider", "--rootdir", join(ROOT, "python")];
  const test = join(ROOT, "python/tests/e2e/test_pool_chaos.py");
  return spawnSync(python, [...args, test], { stdio: "inherit", cwd: ROOT, env }).status ?? 1;
}

await entry(main);
process.exit();
