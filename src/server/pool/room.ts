import type { SiteLauncher } from "../../core/host/site-launcher.js";
import { planJob } from "../../core/launch/nomad-calls.js";
import type { Job } from "../../core/model/job.js";
import type { LaunchRequest } from "../../core/model/launch-request.js";

/** How long Nomad may think about it, in milliseconds. */
const patienceMs = 5_000;

interface Plan {
  readonly FailedTGAllocs?: Readonly<Record<string, { readonly CoalescedFailures?: number }>> | null;
}

/**
 * How many of so many workers Nomad would place now: a dry run, so that free CPU and memory, constraints, devices and
 * node pools count as its scheduler counts them. Undefined where it does not say.
 * Source: https://developer.hashicorp.com/nomad/api-docs/jobs#create-job-plan, `FailedTGAllocs`
 */
export async function roomFor(
  wanted: number,
  request: LaunchRequest,
  launcher: SiteLauncher,
): Promise<number | undefined> {
  try {
    const { job } = launcher.compose({ ...request, jobId: `${request.jobId}-room` });
    const [group] = job.TaskGroups;
    // Of all our jobs, only this one is of several allocations; and it is never registered.
    const several = { ...job, TaskGroups: [{ ...group, Count: wanted }] } as unknown as Job;
    const plan = (await planJob(launcher.transport, several, AbortSignal.timeout(patienceMs))) as Plan;
    const failed = plan.FailedTGAllocs?.[group.Name];
    return failed === undefined ? wanted : Math.max(0, wanted - 1 - (failed.CoalescedFailures ?? 0));
  } catch {
    return undefined;
  }
}
