import { durationOf, textOf } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { editTask } from "./edit-job.js";

/** Nanoseconds between the signal and the kill: Metaflow itself kills its workers after 5 s, all told. */
const twoSeconds = 2_000_000_000;

/**
 * How a task is stopped: SIGINT, two seconds, SIGKILL; or as `kill_signal` and `kill_timeout` say.
 *
 * SIGINT is what a step gets from Ctrl-C when it runs locally: Python turns it into KeyboardInterrupt, so that `finally`
 * blocks run. SIGTERM ends Python without them, and a container's first process ignores it.
 */
export const killTimeout: LaunchFeature = {
  name: "kill-timeout",
  blocks: ["kill_timeout", "kill_signal"],
  contribute(job, { request: { blocks } }) {
    const { kill_timeout: timeout, kill_signal: signal } = blocks ?? {};
    return editTask(job, () => ({
      KillTimeout: timeout === undefined ? twoSeconds : durationOf(timeout, "kill_timeout"),
      KillSignal: signal === undefined ? "SIGINT" : textOf(signal, "kill_signal"),
    }));
  },
};
