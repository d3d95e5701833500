import type { Allocation } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import type { Outcome } from "../model/outcome.js";
import { currentAllocation, evaluationChain, type JobState, wasDeregistered } from "../watch/job-state.js";
import type { TrackedJob } from "../watch/tracked-job.js";
import type { Launch, LaunchContext } from "./context.js";
import { explainPlacement, type PlacementProblem } from "./explain-placement.js";
import { within } from "./within.js";

/** How long a job no present node could ever take is left waiting for another node, in milliseconds. */
const hopelessMs = 15_000;

/** Fourth stage: follows the evaluations until there is an allocation, or says why there will be none. */
export async function evaluationToAllocation(
  tracked: TrackedJob,
  job: Job,
  launch: Launch,
  context: LaunchContext,
): Promise<Allocation | Outcome> {
  const { site, clock } = context;
  const submittedAt = clock.now();
  let told: string | undefined;
  let problem: PlacementProblem | undefined;
  let hopelessSince: number | undefined;
  for (;;) {
    hopelessSince = problem === undefined || problem.busy ? undefined : (hopelessSince ?? clock.now());
    const limit = patience(problem, site.placementTimeoutSeconds);
    // Nodes that go for a moment must not end a job that has waited long for its turn.
    const since = site.placementTimeoutSeconds === undefined ? (hopelessSince ?? submittedAt) : submittedAt;
    const left = limit === undefined ? undefined : limit - (clock.now() - since);
    const news = await within(left, clock, launch.signal, (signal) =>
      tracked.until((state) => next(state, job, told), signal),
    );
    if (news === undefined) return unplaced(job, problem, clock.now() - submittedAt);
    if (news === "deregistered") return stopped(job);
    if ("ID" in news) return news;
    told = news.reason;
    problem = explainPlacement(evaluationChain(tracked.state), job, await context.nodes.largest(job.Region)) ?? news;
    launch.report({ kind: "waiting", jobId: job.ID, reason: problem.reason, at: clock.now() });
  }
}

/** An allocation, or a placement problem that has not been told yet. */
function next(
  state: JobState,
  job: Job,
  told: string | undefined,
): Allocation | PlacementProblem | "deregistered" | undefined {
  const allocation = currentAllocation(state);
  if (allocation !== undefined) return allocation;
  if (wasDeregistered(state)) return "deregistered";
  const problem = explainPlacement(evaluationChain(state), job);
  return problem !== undefined && problem.reason !== told ? problem : undefined;
}

/** Milliseconds to wait for a placement; undefined for as long as it takes. Full nodes empty; wrong nodes stay wrong. */
function patience(problem: PlacementProblem | undefined, siteSeconds: number | undefined): number | undefined {
  const site = siteSeconds === undefined ? undefined : siteSeconds * 1000;
  return problem === undefined || problem.busy ? site : (site ?? hopelessMs);
}

function stopped(job: Job): Outcome {
  return {
    kind: "stopped",
    sentence: "The job was stopped by an operator before it was placed.",
    advice: "Find out who stopped it before running it again.",
    retriable: false,
    jobId: job.ID,
    evidence: {},
  };
}

function unplaced(job: Job, problem: PlacementProblem | undefined, waitedMs: number): Outcome {
  const why = problem?.reason ?? "Nomad has not placed it";
  const ask = describeAsk(job);
  return {
    kind: "unplaced",
    sentence: `No node can run the task: ${why}. It asks for ${ask}; waited ${Math.round(waitedMs / 1000)} s.`,
    advice: "Ask for less, or for other nodes; `nomad node status` shows those there are.",
    retriable: false,
    jobId: job.ID,
    evidence: { ...(problem !== undefined && { placementFailures: problem.metrics }) },
  };
}

function describeAsk(job: Job): string {
  const { Resources: wants, Driver: driver } = job.TaskGroups[0].Tasks[0];
  const cpu = wants.Cores === undefined ? `${wants.CPU ?? 0} MHz` : `${wants.Cores} cores`;
  const devices = (wants.Devices ?? []).map(({ Count, Name }) => `, ${Count} x ${Name}`);
  return `driver ${driver}, ${cpu}, ${wants.MemoryMB} MB memory${devices.join("")}`;
}
