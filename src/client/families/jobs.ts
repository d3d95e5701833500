import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";
import { JobVersions } from "./job-versions.js";

/** A job to be registered: all but its ID may be left out as far as Nomad goes; it says what is missing. */
export type JobInput = Input<Nomad.Job> & { readonly ID: string };

/** How a job is registered. */
export interface RegisterOptions extends CallOptions {
  /** Only when the registered job has this `JobModifyIndex`; 0: only when there is none. */
  readonly enforceIndex?: number | undefined;
  readonly policyOverride?: boolean | undefined;
  /** Keep the counts that scaling has set. */
  readonly preserveCounts?: boolean | undefined;
  readonly preserveResources?: boolean | undefined;
  readonly evalPriority?: number | undefined;
  /** The source the job was made from, kept for `submission()`. */
  readonly submission?: Input<Nomad.JobSubmission> | undefined;
}

/** How HCL is read. */
export interface ParseOptions extends CallOptions {
  /** Variables as HCL: `name = "value"`. */
  readonly variables?: string | undefined;
  /** Fill in every default. */
  readonly canonicalize?: boolean | undefined;
}

/** Jobs. Source: https://developer.hashicorp.com/nomad/api-docs/jobs */
export class Jobs extends JobVersions {
  /** GET /jobs. `prefix`, `filter` and pages work here; `meta` brings the jobs' meta along. */
  list(options: ListOptions & { readonly meta?: boolean | undefined } = {}): ListQuery<Nomad.JobListStub> {
    return this.call.list("/jobs", options, { query: { meta: options.meta } });
  }

  /** GET /job/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.Job> {
    return this.call.read(path`/job/${id}`, options);
  }

  /** PUT /jobs. Registers a job, or changes it. @throws LauncherError `NOMAD_E_API_REFUSED` when it is not valid. */
  register(job: JobInput, options: RegisterOptions = {}): Promise<Nomad.JobRegisterResponse> {
    const { enforceIndex, policyOverride, preserveCounts, preserveResources, evalPriority, submission } = options;
    const body = {
      Job: job,
      ...(enforceIndex !== undefined && { EnforceIndex: true, JobModifyIndex: enforceIndex }),
      PolicyOverride: policyOverride,
      PreserveCounts: preserveCounts,
      PreserveResources: preserveResources,
      EvalPriority: evalPriority,
      Submission: submission,
    };
    return this.call.send("PUT", "/jobs", options, { body });
  }

  /** POST /job/:id/plan. What registering would change, and where the job would not fit. Changes nothing. */
  plan(
    job: JobInput,
    options: CallOptions & { readonly diff?: boolean | undefined; readonly policyOverride?: boolean | undefined } = {},
  ): Promise<Nomad.JobPlanResponse> {
    const body = { Job: job, Diff: options.diff ?? true, PolicyOverride: options.policyOverride };
    return this.call.send("POST", path`/job/${job.ID}/plan`, options, { body });
  }

  /** POST /jobs/parse. A job specification in HCL as a job. */
  parse(hcl: string, options: ParseOptions = {}): Promise<Nomad.Job> {
    const body = { JobHCL: hcl, Variables: options.variables, Canonicalize: options.canonicalize ?? false };
    return this.call.send("POST", "/jobs/parse", options, { body });
  }

  /** POST /validate/job. What is wrong with a job is in the reply, not an error. */
  validate(job: JobInput, options?: CallOptions): Promise<Nomad.JobValidateResponse> {
    return this.call.send("POST", "/validate/job", options, { body: { Job: job } });
  }

  /** DELETE /job/:id. Stops a job; `purge` forgets it too, `global` stops it in every region. */
  deregister(
    id: string,
    options: CallOptions & {
      readonly purge?: boolean | undefined;
      readonly global?: boolean | undefined;
      readonly evalPriority?: number | undefined;
      readonly noShutdownDelay?: boolean | undefined;
    } = {},
  ): Promise<Nomad.JobDeregisterResponse> {
    const { purge, global, evalPriority, noShutdownDelay } = options;
    const query = { purge, global, eval_priority: evalPriority, no_shutdown_delay: noShutdownDelay };
    return this.call.send("DELETE", path`/job/${id}`, options, { query });
  }

  /** POST /job/:id/evaluate. Lets the scheduler look at the job again. */
  evaluate(
    id: string,
    options: CallOptions & { readonly forceReschedule?: boolean | undefined } = {},
  ): Promise<Nomad.JobRegisterResponse> {
    const body = { JobID: id, EvalOptions: { ForceReschedule: options.forceReschedule ?? false } };
    return this.call.send("POST", path`/job/${id}/evaluate`, options, { body });
  }

  /** POST /job/:id/periodic/force. Starts a run of a periodic job now. */
  periodicForce(id: string, options?: CallOptions): Promise<Nomad.JobRegisterResponse> {
    return this.call.send("POST", path`/job/${id}/periodic/force`, options, { body: {} });
  }

  /** POST /job/:id/dispatch. Starts a run of a parameterized job. @param dispatch - `payload` goes over as bytes. */
  dispatch(
    id: string,
    dispatch: {
      readonly payload?: Uint8Array | string | undefined;
      readonly meta?: Readonly<Record<string, string>> | undefined;
      readonly idPrefixTemplate?: string | undefined;
      readonly priority?: number | undefined;
    } = {},
    options: CallOptions & { readonly idempotencyToken?: string | undefined } = {},
  ): Promise<Nomad.JobDispatchResponse> {
    const { payload, meta, idPrefixTemplate, priority } = dispatch;
    const body = {
      JobID: id,
      Meta: meta,
      Payload: payload === undefined ? undefined : Buffer.from(payload).toString("base64"),
      IdPrefixTemplate: idPrefixTemplate,
      Priority: priority,
    };
    const query = { idempotency_token: options.idempotencyToken };
    return this.call.send("POST", path`/job/${id}/dispatch`, options, { body, query });
  }

  /** POST /job/:id/scale. Sets a group's count, or (without `Count`) notes an event of scaling. */
  scale(id: string, request: Input<Nomad.ScalingRequest>, options?: CallOptions): Promise<Nomad.JobRegisterResponse> {
    return this.call.send("POST", path`/job/${id}/scale`, options, { body: request });
  }
}
