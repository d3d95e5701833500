import { z } from "zod";
import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { JobAddress } from "../launch/nomad-calls.js";
import type { Allocation } from "../model/allocation.js";
import type { Evaluation } from "../model/evaluation.js";
import type { Job } from "../model/job.js";

const counts = z.record(z.string(), z.number()).nullish();
const task = z.looseObject({
  Name: z.string(),
  Driver: z.string(),
  Lifecycle: z.looseObject({ Hook: z.string(), Sidecar: z.boolean() }).nullish(),
  Resources: z.looseObject({ CPU: z.number().default(0), MemoryMB: z.number().default(0) }),
});
const job = z.looseObject({
  ID: z.string(),
  Namespace: z.string(),
  Type: z.string(),
  Status: z.string(),
  Stop: z.boolean().default(false),
  Meta: z.record(z.string(), z.string()).nullish(),
  SubmitTime: z.number().default(0),
  Datacenters: z.array(z.string()).nullish(),
  TaskGroups: z.array(z.looseObject({ Name: z.string(), Tasks: z.array(task).min(1) })).min(1),
});
const event = z.looseObject({ Type: z.string(), Time: z.number(), DisplayMessage: z.string().default("") });
const taskState = z.looseObject({
  State: z.string(),
  Failed: z.boolean().default(false),
  Restarts: z.number().default(0),
  StartedAt: z.string().nullish(),
  FinishedAt: z.string().nullish(),
  Events: z.array(event).nullish(),
});
const score = z.looseObject({ NodeID: z.string(), Scores: counts, NormScore: z.number().default(0) });
const metrics = z.looseObject({
  NodesEvaluated: z.number().default(0),
  NodesFiltered: z.number().default(0),
  NodesExhausted: z.number().default(0),
  ConstraintFiltered: counts,
  DimensionExhausted: counts,
  ScoreMetaData: z.array(score).nullish(),
});
const allocation = z.looseObject({
  ID: z.string(),
  NodeID: z.string().default(""),
  NodeName: z.string().default(""),
  TaskGroup: z.string(),
  ClientStatus: z.string(),
  ClientDescription: z.string().default(""),
  DesiredStatus: z.string(),
  CreateTime: z.number().default(0),
  TaskStates: z.record(z.string(), taskState).nullish(),
  Metrics: metrics.nullish(),
});
const evaluation = z.looseObject({ ID: z.string(), Status: z.string(), CreateIndex: z.number() });

/** A job as Nomad has it, whoever wrote it. */
export type ShownJob = z.infer<typeof job>;
/** An allocation, with why it was placed where it is. */
export type ShownAllocation = z.infer<typeof allocation>;

/** All that Nomad knows of one job and one of its allocations. */
export interface Shown {
  readonly job: ShownJob;
  /** Absent while the job waits for a node. */
  readonly allocation?: ShownAllocation;
  /** Oldest first. */
  readonly evaluations: readonly Evaluation[];
}

/** Reads a job, and of its allocations the given one. */
export async function readShown(
  address: JobAddress,
  allocationId: string | undefined,
  transport: NomadTransport,
  signal: AbortSignal,
): Promise<Shown> {
  const { namespace, region } = address;
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const { body } = await transport.request({ method: "GET", path, query: { namespace, region } }, signal);
    const read = schema.safeParse(body);
    if (read.success) return read.data;
    throw new LauncherError("NOMAD_E_API_REPLY", { call: `GET ${path}`, problem: z.prettifyError(read.error) });
  };
  const path = `/job/${encodeURIComponent(address.jobId)}`;
  const evaluations = await get(`${path}/evaluations`, z.array(evaluation));
  return {
    job: await get(path, job),
    evaluations: evaluations.sort((a, b) => a.CreateIndex - b.CreateIndex) as unknown as Evaluation[],
    ...(allocationId !== undefined && { allocation: await get(`/allocation/${allocationId}`, allocation) }),
  };
}

/** The same, for what reads jobs of our own making. */
export const asJob = (shown: ShownJob) => shown as unknown as Job;
export const asAllocation = (shown: ShownAllocation) => shown as unknown as Allocation;
