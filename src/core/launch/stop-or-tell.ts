import { describeError } from "../errors/launcher-error.js";
import type { Job } from "../model/job.js";
import { requestMark } from "../model/request-mark.js";
import type { Launch, LaunchContext } from "./context.js";
import { markIn } from "./job-to-evaluation.js";
import { addressOf, readJob, stopJob } from "./nomad-calls.js";

/** How long Nomad may take to accept a stop, in milliseconds. */
const patienceMs = 15_000;

/** Stops a job. One that could not be stopped goes on: whoever waits for its end must know. */
export async function stopOrTell(job: Job, asked: Launch, context: LaunchContext): Promise<void> {
  await orTell(job, asked, context, (signal) => stopJob(context.transport, addressOf(job), signal));
}

/** Stops the job that an earlier launch of the same request left, where a host died; there is none as a rule. */
export async function stopEarlier(job: Job, asked: Launch, context: LaunchContext): Promise<void> {
  await orTell(job, asked, context, stopIfOurs(job, context));
}

/** Stops a job whose registration did not come to its end: now, if Nomad has it, and where it may arrive late, then. */
export async function stopUncertain(job: Job, late: boolean, asked: Launch, context: LaunchContext): Promise<void> {
  await stopEarlier(job, asked, context);
  if (late) context.owed.recheck(job.ID, stopIfOurs(job, context));
}

function stopIfOurs(job: Job, { transport }: LaunchContext): (signal: AbortSignal) => Promise<void> {
  const address = addressOf(job);
  return async (signal) => {
    const present = await readJob(transport, address, signal);
    const stopped = (present as { readonly Stop?: unknown } | undefined)?.Stop === true;
    if (present !== undefined && !stopped && markIn(present) === job.Meta?.[requestMark])
      await stopJob(transport, address, signal);
  };
}

async function orTell(
  { ID: jobId }: Job,
  asked: Launch,
  { clock, owed }: LaunchContext,
  stop: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await stop(AbortSignal.timeout(patienceMs));
  } catch (error) {
    const tried = owed.add(jobId, stop, error) ? "it is tried again for 10 minutes, or " : "";
    const message = `job ${jobId} could not be stopped (${describeError(error)}); ${tried}stop it with: nomad job stop ${jobId}`;
    asked.report({ kind: "warning", jobId, message, at: clock.now() });
  }
}
