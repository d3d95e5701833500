/** npm run build: dist/ (modules and their types) and dist/bundle/metaflow-nomad.mjs (one file, for the Python wheel). */
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { bundlePath } from "./lib/build-if-old.mjs";
import { entry } from "./lib/errors.mjs";
import { findNode } from "./lib/node24.mjs";
import { ROOT } from "./lib/root.mjs";
import { run } from "./lib/run.mjs";

/** Optional companions that our dependencies look for and do without. */
const OPTIONAL = ["typescript", "bufferutil", "utf-8-validate", "pino-pretty"];

/** Dependencies in CommonJS call require() for Node's own modules, which an ES module lacks. */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

async function main() {
  const node = findNode(ROOT);
  const tool = (/** @type {string[]} */ ...path) => join(ROOT, "node_modules", ...path);
  await run(node, [tool("typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], { cwd: ROOT });
  await bundle(tool("esbuild", "bin", "esbuild"));
  const js = join(ROOT, "python", "metaflow_nomad", "js");
  await mkdir(js, { recursive: true });
  await copyFile(bundlePath(ROOT), join(js, "metaflow-nomad.mjs")); // the wheel takes it from here
}

/** Written beside and renamed, so that a launch host that starts meanwhile reads a whole file. @param {string} esbuild */
async function bundle(esbuild) {
  const out = bundlePath(ROOT);
  const temporary = `${out}.${process.pid}.mjs`;
  const options = [
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--target=node22",
    "--minify-syntax",
    "--legal-comments=none",
    `--banner:js=${BANNER}`,
  ];
  try {
    await run(
      esbuild,
      ["src/cli/main.ts", ...options, ...OPTIONAL.map((name) => `--external:${name}`), `--outfile=${temporary}`],
      { cwd: ROOT },
    );
    await rename(temporary, out);
  } finally {
    await rm(temporary, { force: true });
  }
}

await entry(main);
