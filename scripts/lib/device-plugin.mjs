/** Nomad's own example device plugin: devices of type nomad/file/mock, one per file of a directory. Real scheduling without a GPU. */
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { buildNomadPlugin } from "./go.mjs";
import { DEFAULT_NOMAD, nomadRelease } from "./nomad.mjs";
import { createProgress } from "./progress.mjs";

/** The name under which an agent's `plugin` block configures it: the file's own name. */
export const DEVICE_PLUGIN = "example-device";
const EXAMPLE = "github.com/hashicorp/nomad/plugins/device/cmd/example/cmd";

/**
 * The plugin_dir that holds the device plugin of this Nomad version.
 * @param {string} [version] @param {import('./progress.mjs').Progress} [progress]
 */
export async function obtainDevicePlugin(version = DEFAULT_NOMAD, progress = createProgress("setup")) {
  const release = nomadRelease(version);
  const dir = await ensureCached(`nomad-${version}-devices`, `${version} ${release.api} 1`, (target) =>
    progress.step(
      `device plugin ${version}`,
      "building",
      () => buildNomadPlugin(target, release, { name: DEVICE_PLUGIN, package: EXAMPLE }),
      {
        expect: "a few seconds after Nomad itself",
      },
    ),
  );
  return join(dir, "plugins");
}
