import { execFileSync } from "node:child_process";
import { TEST_IMAGE } from "../test/support/cluster/index.mjs";

const compiled = "metaflow-nomad-bench:compiled";

/**
 * The test image with its packages compiled, as `pip` leaves them in any other image; without that, each container of
 * either side would compile the store's client anew. Returns its name.
 */
export function compiledImage(): string {
  const docker = (...args: readonly string[]): string => execFileSync("docker", args, { encoding: "utf8" }).trim();
  const container = docker("run", "--detach", TEST_IMAGE, "python", "-m", "compileall", "-q", "/usr/local/lib");
  docker("wait", container);
  docker("commit", container, compiled);
  docker("rm", container);
  return compiled;
}
