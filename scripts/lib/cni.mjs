/** The CNI plugins that Nomad's network mode `bridge` runs. */
import { ensureCached } from "./cache.mjs";
import { GO_ENV, goCommand } from "./go.mjs";
import { createProgress } from "./progress.mjs";
import { run } from "./run.mjs";

const VERSION = "v1.6.2";
const PLUGINS = ["main/bridge", "main/loopback", "ipam/host-local", "meta/portmap", "meta/firewall"];

/** The directory of the plugins, for the agent's `cni_path`. @param {import('./progress.mjs').Progress} [progress] */
export function obtainCni(progress = createProgress("setup")) {
  return ensureCached(`cni-${VERSION}`, VERSION, async (target) => {
    const env = { ...GO_ENV, CGO_ENABLED: "0", GOBIN: target };
    const packages = PLUGINS.map((name) => `github.com/containernetworking/plugins/plugins/${name}@${VERSION}`);
    const build = () => run(goCommand(), ["install", "-ldflags", "-s -w", ...packages], { cwd: target, env });
    await progress.step(`CNI plugins ${VERSION}`, "building", build, { expect: "a few seconds" });
  });
}
