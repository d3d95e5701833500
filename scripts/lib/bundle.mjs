/** Bundles programs with the sources they use, so that Node need not understand their TypeScript. */
import { join } from "node:path";
import { ROOT } from "./root.mjs";

/**
 * @param {string} folder of the repository @param {string[]} entries names of files in it, without `.ts`
 * @returns {Promise<string[]>} the bundles, beside their sources; to be removed afterwards
 */
export async function bundlePrograms(folder, entries) {
  const { build } = await import("esbuild");
  // Some dependencies are CommonJS; tsyringe wants reflect-metadata before anything else.
  const first = [
    'import "reflect-metadata";',
    'import * as bannerModule from "node:module";',
    "const require = bannerModule.createRequire(import.meta.url);",
  ];
  await build({
    entryPoints: Object.fromEntries(entries.map((name) => [`${name}.bundle`, join(ROOT, folder, `${name}.ts`)])),
    outdir: join(ROOT, folder),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // They find their files by their own place.
    external: ["*/support/cluster/index.mjs"],
    banner: { js: first.join("\n") },
    logLevel: "warning",
  });
  return entries.map((name) => join(ROOT, folder, `${name}.bundle.mjs`));
}
