import { createHash } from "node:crypto";
import { LauncherError } from "../errors/launcher-error.js";
import type { Job } from "../model/job.js";
import type { LaunchRequest } from "../model/launch-request.js";
import { requestMark } from "../model/request-mark.js";
import type { Launch, LaunchContext } from "./context.js";
import { refusedForBothReplaceFields, withoutPreventReschedule } from "./prevent-reschedule.js";
import { addressOf, newestEvaluation, readJob, registerJob } from "./nomad-calls.js";

/** The mark of a request: the same for a repeated launch, another for any other request. */
export function markOf(request: LaunchRequest): string {
  const { secretEnv: _secret, ...open } = request;
  return createHash("sha256").update(JSON.stringify(open)).digest("hex").slice(0, 16);
}

/** What is known of a registration that did not come to its end. */
export interface Registration {
  /** Whether Nomad may have the job, or get it yet: false only while every try to send it found nobody to connect to. */
  mayHaveArrived: boolean;
}

/**
 * Third stage: registers the job, once. A job of that ID that is ours is taken over; another's is refused.
 *
 * @param trail - Told as soon as Nomad may have the job, also when this fails afterwards.
 * @returns the ID of its evaluation; undefined where the job was registered before and Nomad has forgotten it since: to
 *   register it again would run the user's code twice.
 */
export async function jobToEvaluation(
  job: Job,
  launch: Launch,
  context: LaunchContext,
  trail: Registration,
): Promise<string | undefined> {
  const { clock, transport } = context;
  if (launch.resumes === true && (await readJob(transport, addressOf(job), launch.signal)) === undefined)
    return undefined;
  const at = clock.now();
  const { evaluationId, warnings } = await registerOnce(job, launch, context, trail);
  launch.report({ kind: "submitted", jobId: job.ID, evaluationId, at });
  if (warnings !== "") context.logger.info({ job: job.ID, warnings }, "Nomad warned about the job");
  return evaluationId === "" ? newestEvaluation(transport, addressOf(job), launch.signal) : evaluationId;
}

async function registerOnce(
  job: Job,
  launch: Launch,
  { transport }: Pick<LaunchContext, "transport">,
  trail: Registration,
): Promise<{ readonly evaluationId: string; readonly warnings: string }> {
  try {
    const registered = await registerJob(transport, job, launch.signal);
    trail.mayHaveArrived = true;
    return registered;
  } catch (error) {
    trail.mayHaveArrived ||= !isUnsent(error);
    // Nomad 1.8 and 1.9 take either of the two fields that forbid a replacement, never both; no older version takes the new one.
    if (refusedForBothReplaceFields(String(error)))
      return registerOnce(withoutPreventReschedule(job), launch, { transport }, trail);
    if (!isTaken(error)) throw error;
    const present = await readJob(transport, addressOf(job), launch.signal);
    if (markIn(present) !== job.Meta?.[requestMark])
      throw new LauncherError("NOMAD_E_LAUNCH_DUPLICATE", { job: job.ID }, { cause: error });
    return { evaluationId: await newestEvaluation(transport, addressOf(job), launch.signal), warnings: "" };
  }
}

/** Nothing of the call was sent, in any try: that is what transports mean by this code. */
function isUnsent(error: unknown): boolean {
  return error instanceof LauncherError && error.code === "NOMAD_E_TRANSPORT_UNREACHABLE";
}

function isTaken(error: unknown): boolean {
  return error instanceof LauncherError && /job modify index|already exists/i.test(error.message);
}

/** The mark of the request that a job was made from. */
export function markIn(job: unknown): unknown {
  const meta = (job as { Meta?: Record<string, unknown> | null } | undefined)?.Meta;
  return meta?.[requestMark];
}
