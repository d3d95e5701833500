import type { Job } from "../model/job.js";
import type { Outcome } from "../model/outcome.js";
import { allocationToOutcome } from "./allocation-to-outcome.js";
import type { Launch, LaunchContext } from "./context.js";
import { draftToJob } from "./draft-to-job.js";
import { evaluationToAllocation } from "./evaluation-to-allocation.js";
import { jobToEvaluation, markOf, requestMark } from "./job-to-evaluation.js";
import { dropSecrets, keepSecrets } from "./keep-secrets.js";
import { addressOf, stopJob } from "./nomad-calls.js";
import { type Draft, requestToDraft } from "./request-to-draft.js";

/**
 * Runs one task: `request -> draft -> job -> evaluation -> allocation -> outcome`.
 *
 * @returns how the task ended, whatever Nomad and the task did.
 * @throws LauncherError when the request is refused or Nomad cannot be used; no job is then left behind.
 */
export async function launch(asked: Launch, context: LaunchContext): Promise<Outcome> {
  const namespace = requestToDraft(asked.request, context.site, context.parts).job.Namespace;
  const kept = await keepSecrets(asked, namespace, context);
  const request = { ...kept, meta: { ...kept.meta, [requestMark]: markOf(asked.request) } };
  const draft = requestToDraft(request, context.site, context.parts);
  const job = draftToJob(draft, context.features);
  try {
    const outcome = await submitAndWatch(draft, job, asked, context);
    asked.report({ kind: "ended", outcome, at: context.clock.now() });
    return outcome;
  } finally {
    await dropSecrets(request, namespace, context);
  }
}

async function submitAndWatch(draft: Draft, job: Job, asked: Launch, context: LaunchContext): Promise<Outcome> {
  // Watched before it is submitted, so that nothing the job does is missed.
  using tracked = context.watchLoop(job.Namespace, job.Region).track(job.ID);
  let over = false;
  try {
    await jobToEvaluation(job, asked, context);
    const placed = await evaluationToAllocation(tracked, job, asked, context);
    const outcome = "kind" in placed ? placed : await allocationToOutcome(placed, tracked, draft, job, asked, context);
    over = "allocationId" in outcome;
    return outcome;
  } catch (error) {
    if (asked.signal.aborted) return cancelled(job);
    throw error;
  } finally {
    if (!over) await stopJob(context.transport, addressOf(job), AbortSignal.timeout(10_000)).catch(() => undefined);
  }
}

function cancelled(job: Job): Outcome {
  const sentence = "The task was stopped before it was placed, because the run was interrupted.";
  return { kind: "stopped", sentence, advice: "", retriable: true, jobId: job.ID, evidence: {} };
}
