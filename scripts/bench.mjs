/** npm run bench [NAME…]: the project's figures, each beside a peer measured in the same run. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { bundlePrograms } from "./lib/bundle.mjs";
import { ensureBuilt } from "./lib/build-if-old.mjs";
import { entry } from "./lib/errors.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { findNode } from "./lib/node24.mjs";
import { obtainNomad } from "./lib/nomad.mjs";
import { createProgress } from "./lib/progress.mjs";
import { createVenv, DEMO_PACKAGES, findPython } from "./lib/python-env.mjs";
import { ROOT } from "./lib/root.mjs";

const progress = createProgress("bench");

async function main() {
  await ensureNodeModules(ROOT, progress);
  await ensureBuilt(ROOT, progress);
  await obtainNomad(undefined, progress);
  const python = await createVenv(findPython(), "demo", DEMO_PACKAGES, progress);
  const files = await bundlePrograms("bench", ["run", "witness", "crowd-host"]);
  const env = { ...process.env, METAFLOW_NOMAD_BENCH_PYTHON: python };
  const args = [join(ROOT, "bench/run.bundle.mjs"), ...process.argv.slice(2)];
  try {
    return spawnSync(findNode(ROOT), args, { stdio: "inherit", env }).status ?? 1;
  } finally {
    for (const file of files) rmSync(file, { force: true });
  }
}

await entry(main);
