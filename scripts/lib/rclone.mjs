/** rclone, whose `serve s3` is the tests' S3 server. */
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { GO_ENV, goCommand } from "./go.mjs";
import { createProgress } from "./progress.mjs";
import { run } from "./run.mjs";

const VERSION = "v1.69.1";

/** The path of the rclone binary. @param {import('./progress.mjs').Progress} [progress] */
export async function obtainRclone(progress = createProgress("setup")) {
  const dir = await ensureCached(`rclone-${VERSION}`, VERSION, async (target) => {
    const env = { ...GO_ENV, CGO_ENABLED: "0", GOBIN: target };
    const install = ["install", "-ldflags", "-s -w", `github.com/rclone/rclone@${VERSION}`];
    const build = () => run(goCommand(), install, { cwd: target, env, logFile: join(target, "build.log") });
    await progress.step(`rclone ${VERSION}`, "building", build, { expect: "about 3 min cold" });
  });
  return join(dir, "rclone");
}
