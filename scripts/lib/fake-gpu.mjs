/** Our own device plugin for tests: GPUs that are not there, reserved by environment variables as NVIDIA's are. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { buildNomadPlugin } from "./go.mjs";
import { DEFAULT_NOMAD, nomadRelease } from "./nomad.mjs";
import { createProgress } from "./progress.mjs";
import { ROOT } from "./root.mjs";

/** The name under which an agent's `plugin` block configures it: the file's own name. */
export const FAKE_GPU = "fake-gpu";

const source = join(ROOT, "test/support/devices/fake-gpu.go");

/**
 * The plugin_dir that holds it, built against the default Nomad.
 * @param {import('./progress.mjs').Progress} [progress]
 */
export async function obtainFakeGpu(progress = createProgress("setup")) {
  const release = nomadRelease(DEFAULT_NOMAD);
  const hash = createHash("sha256")
    .update(await readFile(source))
    .digest("hex")
    .slice(0, 12);
  const dir = await ensureCached(FAKE_GPU, `${release.version} ${release.api} ${hash}`, (target) =>
    progress.step(
      "fake GPUs",
      "building",
      () => buildNomadPlugin(target, release, { name: FAKE_GPU, package: "./gpu", source }),
      {
        expect: "a few seconds after Nomad itself",
      },
    ),
  );
  return join(dir, "plugins");
}
