import type { TaskDriver } from "../contracts/task-driver.js";
import type { Allocation } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import { bareRequest } from "../model/bare-request.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Outcome } from "../model/outcome.js";
import { siblingsOf } from "./sibling-failure.js";
import { verdict } from "./verdict.js";

/**
 * How a job ended that somebody launched earlier, from what Nomad still has of it. Less is known than at its time: what
 * its exit codes mean, and whether its time limit stopped it, was never told to Nomad.
 */
export function explainEnded(
  job: Job,
  allocation: Allocation,
  triggers: readonly string[],
  driverOf: (name: string) => TaskDriver,
): Outcome {
  const [first, ...others] = job.TaskGroups[0].Tasks;
  const main = first.Lifecycle ? (others.find(({ Lifecycle }) => !Lifecycle) ?? first) : first;
  const image = (main.Config as { image?: unknown } | null | undefined)?.image;
  const request: LaunchRequest = {
    ...bareRequest,
    jobId: job.ID,
    ...(typeof image === "string" && { image }),
  };
  const siblings = siblingsOf(job, { driverOf, request });
  const { MemoryMB: memory } = main.Resources;
  return verdict(allocation, {
    request,
    driver: driverOf(main.Driver),
    task: main.Name,
    siblings,
    memory,
    triggers,
  });
}
