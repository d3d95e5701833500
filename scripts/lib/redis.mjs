/** redis, whose queues the tests of the autoscaler scale by. */
import { ensureCommands } from "./apt.mjs";
import { createProgress } from "./progress.mjs";

/** The name of redis's server, which is on PATH then. @param {import('./progress.mjs').Progress} [progress] */
export async function obtainRedis(progress = createProgress("setup")) {
  await ensureCommands(["redis-server"], progress);
  return "redis-server";
}
