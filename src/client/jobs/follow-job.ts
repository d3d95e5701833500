import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { exitOf } from "./batch-exit.js";
import { describeFailures } from "./describe-failures.js";
import { followDeployment } from "./follow-deployment.js";

/** How a followed job, or deployment, did. */
export interface JobEnd {
  /** 0 where it went well; else the exit code of a task that failed, or 1. */
  readonly code: number;
  readonly reason: string;
}

export interface FollowOptions extends CallOptions {
  /** Told what happens, one line each. Default: nobody. */
  readonly onNews?: ((line: string) => void) | undefined;
}

/**
 * Follows a job from an evaluation on: a batch job to its end, a service to the end of its deployment, anything else until
 * it runs. Aborting the signal ends the following only; it then throws the signal's reason.
 */
export async function followJob(
  nomad: NomadClient,
  id: string,
  evaluationId: string,
  options: FollowOptions = {},
): Promise<JobEnd> {
  const { onNews = () => undefined } = options;
  if (evaluationId === "") return { code: 0, reason: "registered; nothing is to be placed now" };
  const evaluation = await evaluated(nomad, evaluationId, options);
  for (const line of describeFailures(evaluation.FailedTGAllocs)) onNews(line);
  if (["failed", "canceled"].includes(evaluation.Status))
    return { code: 1, reason: `the evaluation ${evaluation.Status}: ${evaluation.StatusDescription}` };
  const job = await nomad.jobs.read(id, options);
  if (job.Type === "batch" || job.Type === "sysbatch") return followBatch(nomad, job, options);
  const deployment = await nomad.jobs.latestDeployment(id, options);
  if (deployment?.JobVersion === job.Version) return followDeployment(nomad, deployment.ID, options);
  return untilRunning(nomad, job, options);
}

async function evaluated(nomad: NomadClient, id: string, options: CallOptions): Promise<Nomad.Evaluation> {
  for await (const { value } of nomad.evaluations.read(id, options).watch())
    if (value.Status !== "pending") return value;
  throw new Error(`The watch of evaluation ${id} ended.`);
}

async function followBatch(nomad: NomadClient, { ID }: Nomad.Job, options: FollowOptions): Promise<JobEnd> {
  const tell = teller(options);
  // A job's state follows its allocations', and changes with each of them: its index moves when anything of it does.
  for await (const { value } of nomad.jobs.summary(ID, options).watch()) {
    const allocations = await nomad.jobs.allocations(ID, options);
    tell(allocations);
    const running = Object.values(value.Summary ?? {}).some(
      ({ Queued, Starting, Running }) => Queued + Starting + Running > 0,
    );
    const { Status, Stop } = await nomad.jobs.read(ID, options);
    if (Stop) return { code: 1, reason: "the job was stopped" };
    if (!running && Status === "dead") return exitOf(await nomad.jobs.allocations(ID, options));
  }
  throw new Error(`The watch of job ${ID} ended.`);
}

async function untilRunning(nomad: NomadClient, { ID, Version }: Nomad.Job, options: FollowOptions): Promise<JobEnd> {
  const tell = teller(options);
  for await (const { value } of nomad.jobs.allocations(ID, options).watch()) {
    tell(value);
    const own = value.filter(({ JobVersion, DesiredStatus }) => JobVersion === Version && DesiredStatus === "run");
    const failed = own.find(({ ClientStatus }) => ClientStatus === "failed");
    if (failed !== undefined) return { code: 1, reason: `allocation ${failed.ID.slice(0, 8)} failed` };
    if (own.every(({ ClientStatus }) => ClientStatus !== "pending"))
      return { code: 0, reason: `running: ${String(own.length)} allocations` };
  }
  throw new Error(`The watch of job ${ID} ended.`);
}

/** Tells each state of each allocation once. */
function teller({ onNews = () => undefined }: FollowOptions) {
  const told = new Map<string, string>();
  return (allocations: readonly Nomad.AllocationListStub[]): void => {
    for (const { ID, Name, NodeName, ClientStatus } of allocations) {
      if (told.get(ID) === ClientStatus) continue;
      told.set(ID, ClientStatus);
      onNews(`Allocation ${ID.slice(0, 8)} ${Name} on ${NodeName}: ${ClientStatus}`);
    }
  };
}
