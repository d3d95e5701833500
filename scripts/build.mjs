// Compiles src/ to dist/ (the npm package) and bundles the command line into one file (the wheel carries it).
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const inRoot = (...parts) => join(root, ...parts);

function compile() {
  rmSync(inRoot("dist"), { recursive: true, force: true });
  execFileSync(process.execPath, [inRoot("node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  chmodSync(inRoot("dist/cli/main.js"), 0o755);
}

async function bundle() {
  await build({
    entryPoints: [inRoot("src/cli/main.ts")],
    outfile: inRoot("dist/bundle/metaflow-nomad.mjs"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    minify: true,
    legalComments: "linked",
    // Some dependencies are CommonJS and call require at run time.
    banner: { js: 'import { createRequire as $r } from "node:module"; const require = $r(import.meta.url);' },
    logLevel: "warning",
  });
  cpSync(inRoot("LICENSE"), inRoot("dist/bundle/LICENSE"), { errorOnExist: false });
}

compile();
await bundle();
