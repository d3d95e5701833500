import type { Clock } from "../contracts/clock.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { Job } from "../model/job.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Outcome } from "../model/outcome.js";
import { requestMark } from "../model/request-mark.js";
import { allocationToOutcome } from "./allocation-to-outcome.js";
import type { Launch, LaunchContext } from "./context.js";
import { draftToJob } from "./draft-to-job.js";
import { evaluationToAllocation } from "./evaluation-to-allocation.js";
import { jobToEvaluation, markOf } from "./job-to-evaluation.js";
import { dropSecrets, keepSecrets } from "./keep-secrets.js";
import { type MetVersion, meetVersion } from "./meet-version.js";
import { isPassing } from "./owed-stops.js";
import { type Draft, requestToDraft } from "./request-to-draft.js";
import { resolveSecrets } from "./resolve-secrets.js";
import { stopEarlier, stopOrTell, stopUncertain } from "./stop-or-tell.js";
import type { Slot, Tell } from "./submit-gate.js";
import { judge } from "./verdict.js";

/**
 * Runs one task: `request -> draft -> job -> evaluation -> allocation -> outcome`.
 *
 * @returns how the task ended, whatever Nomad and the task did.
 * @throws LauncherError when the request is refused or Nomad cannot be used; no job is then left behind.
 */
export async function launch(asked: Launch, context: LaunchContext): Promise<Outcome> {
  const { request: plain } = asked;
  const request = { ...(await resolveSecrets(plain)), meta: { ...plain.meta, [requestMark]: markOf(plain) } };
  // Composed before anything is written: what is refused leaves nothing behind.
  const plan = await compose(request, context, asked.signal);
  const { ID: jobId, Namespace: namespace } = plan.job;
  for (const message of plan.warnings) asked.report({ kind: "warning", jobId, message, at: context.clock.now() });
  let ours = true;
  using slot = await enterGate(plan.job, asked, context);
  if (slot === undefined) {
    await stopEarlier(plan.job, asked, context);
    await dropSecrets(request, namespace, context);
    return cancelled(plan.job);
  }
  try {
    const kept = await keepSecrets({ ...asked, request }, namespace, context);
    // The same object, but where the secrets had to go into the job itself.
    const { draft, job } = kept === request ? plan : await compose(kept, context, asked.signal);
    const outcome = await submitAndWatch(draft, job, slot, asked, context);
    asked.report({ kind: "ended", outcome, at: context.clock.now() });
    return outcome;
  } catch (error) {
    ours = !isForeign(error);
    throw error;
  } finally {
    if (ours) await dropSecrets(request, namespace, context);
  }
}

/** A job that this Nomad understands, and the draft it is from. */
interface Plan extends MetVersion {
  readonly draft: Draft;
}

async function compose(request: LaunchRequest, context: LaunchContext, signal: AbortSignal): Promise<Plan> {
  const draft = requestToDraft(request, context.site, context.parts);
  return { draft, ...(await meetVersion(draftToJob(draft, context.features), context.version, signal)) };
}

/** Waits until the job may be submitted; undefined when it is not wanted any more before that. */
async function enterGate(job: Job, asked: Launch, { gate, clock }: LaunchContext): Promise<Slot | undefined> {
  try {
    return await gate.enter(job, asked.signal, tellWaiting(job, asked, clock));
  } catch (error) {
    if (asked.signal.aborted) return undefined;
    throw error;
  }
}

function tellWaiting({ ID: jobId }: Job, asked: Launch, clock: Clock): Tell {
  return (reason) => asked.report({ kind: "waiting", jobId, reason, at: clock.now() });
}

async function submitAndWatch(
  draft: Draft,
  job: Job,
  slot: Slot,
  asked: Launch,
  context: LaunchContext,
): Promise<Outcome> {
  // Watched before it is submitted, so that nothing the job does is missed.
  using tracked = context.watchLoop(job.Namespace, job.Region).track(job.ID);
  let settled = false;
  let registering = true;
  let late = false;
  // What an earlier host registered is there, whatever becomes of this one's calls.
  const trail = { mayHaveArrived: asked.resumes === true };
  try {
    const known = await slot.register(() => jobToEvaluation(job, asked, context, trail), asked.signal);
    registering = false;
    if (known === undefined) return judge({ collected: true }, job.ID);
    const placed = await evaluationToAllocation(tracked, job, noting(asked, slot), context);
    slot.placed();
    const outcome = "kind" in placed ? placed : await allocationToOutcome(placed, tracked, draft, job, asked, context);
    settled = "allocationId" in outcome;
    return outcome;
  } catch (error) {
    // Another's job of that name is none of our business, not even to stop it.
    settled = isForeign(error) || (registering && !trail.mayHaveArrived);
    late = isPassing(error);
    if (asked.signal.aborted) return cancelled(job);
    throw error;
  } finally {
    if (!settled && registering) await stopUncertain(job, late, asked, context);
    else if (!settled) await stopOrTell(job, asked, context);
  }
}

/** The launch, with each report that the job waits for a node told to the gate as well. */
function noting(asked: Launch, slot: Slot): Launch {
  const report: Launch["report"] = (progress) => {
    if (progress.kind === "waiting") slot.blocked();
    asked.report(progress);
  };
  return { ...asked, report };
}

function isForeign(error: unknown): boolean {
  return error instanceof LauncherError && error.code === "NOMAD_E_LAUNCH_DUPLICATE";
}

const cancelled = (job: Job): Outcome => judge({ stoppedFor: "cancelled" }, job.ID);
