/** fake-gcs-server, the tests' Google Cloud Storage. */
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { GO_ENV, goCommand } from "./go.mjs";
import { createProgress } from "./progress.mjs";
import { run } from "./run.mjs";

const VERSION = "v1.56.1";

/** The path of the binary. @param {import('./progress.mjs').Progress} [progress] */
export async function obtainFakeGcs(progress = createProgress("setup")) {
  const dir = await ensureCached(`fake-gcs-server-${VERSION}`, VERSION, async (target) => {
    const env = { ...GO_ENV, CGO_ENABLED: "0", GOBIN: target };
    const install = ["install", "-ldflags", "-s -w", `github.com/fsouza/fake-gcs-server@${VERSION}`];
    const build = () => run(goCommand(), install, { cwd: target, env, logFile: join(target, "build.log") });
    await progress.step(`fake-gcs-server ${VERSION}`, "building", build, { expect: "about 2 min cold" });
  });
  return join(dir, "fake-gcs-server");
}
