import type { NomadClient } from "../create-client.js";
import type { JobInput } from "../families/jobs.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { describeDiff } from "./describe-diff.js";
import { describeFailures } from "./describe-failures.js";

/** What registering a job would do. */
export interface JobPlan {
  readonly response: Nomad.JobPlanResponse;
  /** Whether allocations would be created, replaced or stopped. */
  readonly changes: boolean;
  /** What `checkIndex` of `runJob` takes: 0 where there is no such job yet. */
  readonly index: number;
  /** All of it for a reader. */
  readonly lines: readonly string[];
}

/**
 * What registering a job would do; changes nothing.
 *
 * `changes` is what `nomad job plan` tells by its exit code 1. Source: command/job_plan.go `getExitCode`
 */
export async function planJob(nomad: NomadClient, job: JobInput, options: CallOptions = {}): Promise<JobPlan> {
  const response = await nomad.jobs.plan(job, options);
  return { response, changes: changesOf(response), index: response.JobModifyIndex, lines: linesOf(response) };
}

function changesOf({ Diff, Annotations }: Nomad.JobPlanResponse): boolean {
  if (Diff?.Type === "None") return false;
  return Object.values(Annotations?.DesiredTGUpdates ?? {}).some(
    (one) => one.Stop + one.Place + one.Migrate + one.DestructiveUpdate + one.Canary > 0,
  );
}

function linesOf(response: Nomad.JobPlanResponse): string[] {
  const failures = describeFailures(response.FailedTGAllocs);
  const warnings = response.Warnings === "" ? [] : [`Warnings: ${response.Warnings.trim()}`];
  const launch = Date.parse(response.NextPeriodicLaunch);
  return [
    ...(response.Diff === null ? [] : describeDiff(response.Diff)),
    ...(failures.length === 0 ? ["All groups find their nodes."] : failures),
    ...(launch > 0 ? [`Next periodic launch: ${new Date(launch).toISOString()}`] : []),
    ...warnings,
  ];
}
