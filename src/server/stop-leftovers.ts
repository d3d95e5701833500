import { readFile } from "node:fs/promises";
import type { Logger } from "../core/contracts/logger.js";
import { describeError } from "../core/errors/launcher-error.js";
import type { Host } from "../core/host/host.js";
import { addressOf, stopJob } from "../core/launch/nomad-calls.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import { launcherOf } from "./launcher-of.js";
import { parseProtocol, taskFile } from "./protocol.js";

/** Stops the jobs of attempts whose clients died together with an earlier host. */
export async function stopLeftovers(files: readonly string[], host: Host, logger: Logger): Promise<void> {
  for (const file of files) {
    try {
      const task = parseProtocol(taskFile, await readFile(file, "utf8"));
      const request = task.launch as LaunchRequest;
      const launcher = launcherOf(task, host);
      await stopJob(launcher.transport, addressOf(launcher.compose(request).job), AbortSignal.timeout(10_000));
    } catch (error) {
      logger.warn({ file, error: describeError(error) }, "a job left behind could not be stopped");
    }
  }
}
