import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** The command line as one file that Node can run, made of the source as it is now. */
export interface CliBundle extends Disposable {
  readonly file: string;
}

/** Bundles the command line for tests that need it as a process of its own. */
export async function bundleCli(): Promise<CliBundle> {
  const folder = mkdtempSync(join(tmpdir(), "mfn-cli-"));
  const file = join(folder, "metaflow-nomad.mjs");
  await build({
    entryPoints: [resolve(import.meta.dirname, "../../src/cli/main.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: 'import * as m from "node:module"; const require = m.createRequire(import.meta.url);' },
    logLevel: "error",
  });
  return { file, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
