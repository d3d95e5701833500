import type { Job } from "../model/job.js";
import type { LaunchContext } from "./context.js";
import { addressOf, readJob } from "./nomad-calls.js";

/** Pause before a list that did not show a job is believed less than the job itself, in milliseconds. */
const pauseMs = 1_000;

/**
 * Whether Nomad has forgotten a job that a complete list did not show any more. A server that was just elected may be a
 * little behind, and the garbage collector takes allocations before their job: so the job itself is asked for.
 */
export async function isCollected(
  job: Job,
  { transport, clock }: Pick<LaunchContext, "transport" | "clock">,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await readJob(transport, addressOf(job), signal)) === undefined) return true;
  await clock.sleep(pauseMs, signal);
  return false;
}
