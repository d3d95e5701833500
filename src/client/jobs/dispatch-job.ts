import { refuse } from "../../core/errors/refuse.js";
import type { NomadClient } from "../create-client.js";
import { followJob, type FollowOptions, type JobEnd } from "./follow-job.js";

/** Bytes of payload that a dispatch may carry. Source: nomad/job_endpoint.go `DispatchPayloadSizeLimit` */
export const payloadLimit = 16 * 1024;

export interface DispatchOptions extends FollowOptions {
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** At most 16 KiB. */
  readonly payload?: Uint8Array | string | undefined;
  /** A second dispatch with the same token gives the first one's child, while that has not ended. */
  readonly idempotencyToken?: string | undefined;
  readonly idPrefixTemplate?: string | undefined;
  readonly priority?: number | undefined;
  /** Return when Nomad has taken it. Default false: the child is followed to its end. */
  readonly detach?: boolean | undefined;
}

/** A dispatched child, and how it ended. */
export interface Dispatched extends JobEnd {
  readonly jobId: string;
}

/**
 * Dispatches a parameterized job and follows the child to its end.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for a payload over 16 KiB, before anything is sent;
 * `NOMAD_E_API_REFUSED` where meta that the job requires is missing.
 */
export async function dispatchJob(nomad: NomadClient, id: string, options: DispatchOptions = {}): Promise<Dispatched> {
  const { meta, payload, idPrefixTemplate, priority, detach = false, onNews = () => undefined } = options;
  checkPayload(payload);
  const reply = await nomad.jobs.dispatch(id, { meta, payload, idPrefixTemplate, priority }, options);
  const { DispatchedJobID: jobId, EvalID } = reply;
  onNews(`Job ${jobId} dispatched${EvalID === "" ? "" : `, evaluation ${EvalID.slice(0, 8)}`}`);
  if (detach) return { jobId, code: 0, reason: "dispatched" };
  return { jobId, ...(await followJob(nomad, jobId, EvalID, options)) };
}

function checkPayload(payload: Uint8Array | string | undefined): void {
  const size = payload === undefined ? 0 : Buffer.byteLength(payload);
  if (size <= payloadLimit) return;
  const cure =
    "Put it where the task can read it (object storage, a Nomad variable, an artifact) and pass its address as meta.";
  throw refuse("payload", `it has ${String(size)} bytes, and Nomad takes ${String(payloadLimit)} (16 KiB)`, cure);
}
