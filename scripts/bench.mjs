/** npm run bench [NAME…]: the project's figures, each beside a peer measured in the same run. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
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
  const entries = ["run", "witness", "crowd-host"];
  const files = await bundle(entries);
  const env = { ...process.env, METAFLOW_NOMAD_BENCH_PYTHON: python };
  const args = [join(ROOT, "bench/run.bundle.mjs"), ...process.argv.slice(2)];
  try {
    return spawnSync(findNode(ROOT), args, { stdio: "inherit", env }).status ?? 1;
  } finally {
    for (const file of files) rmSync(file, { force: true });
  }
}

/** Bundles the bench with the sources it measures, so that Node need not understand their TypeScript. */
async function bundle(/** @type {string[]} */ entries) {
  const { build } = await import("esbuild");
  // Some dependencies are CommonJS; tsyringe wants reflect-metadata before anything else.
  const first = [
    'import "reflect-metadata";',
    'import * as bannerModule from "node:module";',
    "const require = bannerModule.createRequire(import.meta.url);",
  ];
  await build({
    entryPoints: Object.fromEntries(entries.map((name) => [`${name}.bundle`, join(ROOT, `bench/${name}.ts`)])),
    outdir: join(ROOT, "bench"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // They find their files by their own place.
    external: ["../test/support/cluster/index.mjs"],
    banner: { js: first.join("\n") },
    logLevel: "warning",
  });
  return entries.map((name) => join(ROOT, `bench/${name}.bundle.mjs`));
}

await entry(main);
