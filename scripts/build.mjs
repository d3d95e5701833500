// Compiles src/ to dist/ (the npm package) and bundles the command line into one file (the wheel carries it).
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licenseTexts } from "./lib/licenses.mjs";
import { withLock } from "./lib/cache.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const inRoot = (...parts) => join(root, ...parts);

/** Built aside and put in place at the end, so that whoever uses the last build meanwhile is not disturbed. */
const aside = inRoot("dist.new");

function compile() {
  rmSync(aside, { recursive: true, force: true });
  const tsc = [inRoot("node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json", "--outDir", aside];
  execFileSync(process.execPath, tsc, { cwd: root, stdio: "inherit" });
  chmodSync(join(aside, "cli/main.js"), 0o755);
}

function putInPlace() {
  rmSync(inRoot("dist.old"), { recursive: true, force: true });
  if (existsSync(inRoot("dist"))) renameSync(inRoot("dist"), inRoot("dist.old"));
  renameSync(aside, inRoot("dist"));
  rmSync(inRoot("dist.old"), { recursive: true, force: true });
}

/** The entry is a file of its own, which turns on Node's cache of compiled code before the launcher is read. */
const launcherApart = {
  name: "launcher-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/run\.js$/ }, () => ({ path: "./launcher.mjs", external: true }));
  },
};

async function bundle() {
  const { metafile } = await build({
    entryPoints: { launcher: inRoot("src/cli/run.ts"), "metaflow-nomad": inRoot("src/cli/main.ts") },
    outdir: join(aside, "bundle"),
    outExtension: { ".js": ".mjs" },
    plugins: [launcherApart],
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    minify: true,
    legalComments: "none",
    metafile: true,
    // Some dependencies are CommonJS and call require at run time.
    // esbuild does not know the banner's names: one that it could come up with itself would be declared twice.
    banner: {
      js: 'import * as bannerModule from "node:module"; const require = bannerModule.createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  await bundleForPlugins();
  writeFileSync(join(aside, "bundle/THIRD_PARTY_LICENSES"), licenseTexts(root, Object.keys(metafile.inputs)));
  cpSync(inRoot("LICENSE"), join(aside, "bundle/LICENSE"));
}

/** What plugins import, for those that find no package of that name: beside the bundle that the wheel carries. */
async function bundleForPlugins() {
  const entryPoints = { contracts: inRoot("src/core/contracts/index.ts"), testing: inRoot("src/testing/index.ts") };
  const common = { bundle: true, platform: "node", target: "node22", format: "esm", legalComments: "none" };
  await build({ entryPoints, outdir: join(aside, "bundle"), outExtension: { ".js": ".mjs" }, ...common });
}

// One build at a time: two would mix their files in the folder aside.
await withLock("build", async () => {
  compile();
  await bundle();
  putInPlace();
});
