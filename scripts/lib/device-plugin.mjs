/** Nomad's own example device plugin: devices of type nomad/file/mock, one per file of a directory. Real scheduling without a GPU. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { GO_ENV, goCommand, writeNomadModule } from "./go.mjs";
import { DEFAULT_NOMAD, nomadRelease } from "./nomad.mjs";
import { createProgress } from "./progress.mjs";
import { run } from "./run.mjs";

/** The name under which an agent's `plugin` block configures it: the file's own name. */
export const DEVICE_PLUGIN = "example-device";

/**
 * The plugin_dir that holds the device plugin of this Nomad version.
 * @param {string} [version] @param {import('./progress.mjs').Progress} [progress]
 */
export async function obtainDevicePlugin(version = DEFAULT_NOMAD, progress = createProgress("setup")) {
  const release = nomadRelease(version);
  const dir = await ensureCached(`nomad-${version}-devices`, `${version} ${release.api} 1`, (target) =>
    progress.step(`device plugin ${version}`, "building", () => goBuild(target, release), {
      expect: "a few seconds after Nomad itself",
    }),
  );
  return join(dir, "plugins");
}

/** @param {string} dir @param {{ version: string, api: string }} release */
async function goBuild(dir, release) {
  const logFile = join(dir, "build.log");
  const cwd = join(dir, "module");
  await writeNomadModule(cwd, release, logFile);
  await mkdir(join(dir, "plugins"), { recursive: true });
  const out = join(dir, "plugins", DEVICE_PLUGIN);
  await run(
    goCommand(),
    ["build", "-ldflags", "-s -w", "-o", out, "github.com/hashicorp/nomad/plugins/device/cmd/example/cmd"],
    { cwd, env: GO_ENV, logFile },
  );
}
