import type { Allocation } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import type { Outcome } from "../model/outcome.js";
import { currentAllocation, evaluationChain, type JobState, wasDeregistered } from "../watch/job-state.js";
import type { TrackedJob } from "../watch/tracked-job.js";
import type { Launch, LaunchContext } from "./context.js";
import type { WaitingFacts } from "./facts.js";
import { explainPlacement, type PlacementProblem } from "./explain-placement.js";
import { isCollected } from "./is-collected.js";
import { judge } from "./verdict.js";
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
    const waitedMs = clock.now() - submittedAt;
    if (news === undefined) return unplaced(job, { waitedMs, ...(problem && { problem }) }, problem?.metrics);
    if (news === "deregistered") return unplaced(job, { waitedMs, deregistered: true }, problem?.metrics);
    if (news === "vanished") {
      if (await isCollected(job, context, launch.signal)) return judge({ collected: true }, job.ID);
      continue;
    }
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
): Allocation | PlacementProblem | "deregistered" | "vanished" | undefined {
  const allocation = currentAllocation(state);
  if (allocation !== undefined) return allocation;
  if (wasDeregistered(state)) return "deregistered";
  if (state.vanished) return "vanished";
  const problem = explainPlacement(evaluationChain(state), job);
  return problem !== undefined && problem.reason !== told ? problem : undefined;
}

/** Milliseconds to wait for a placement; undefined for as long as it takes. Full nodes empty; wrong nodes stay wrong. */
function patience(problem: PlacementProblem | undefined, siteSeconds: number | undefined): number | undefined {
  const site = siteSeconds === undefined ? undefined : siteSeconds * 1000;
  return problem === undefined || problem.busy ? site : (site ?? hopelessMs);
}

/** Why it will not be placed any more. */
function unplaced(
  job: Job,
  facts: Omit<WaitingFacts, "ask">,
  metrics: PlacementProblem["metrics"] | undefined,
): Outcome {
  const evidence = metrics === undefined ? {} : { placementFailures: metrics };
  return judge({ waiting: { ...facts, ask: describeAsk(job) } }, job.ID, evidence);
}

function describeAsk(job: Job): string {
  const { Resources: wants, Driver: driver } = job.TaskGroups[0].Tasks[0];
  const cpu = wants.Cores === undefined ? `${wants.CPU ?? 0} MHz` : `${wants.Cores} cores`;
  const devices = (wants.Devices ?? []).map(({ Count, Name }) => `, ${Count} x ${Name}`);
  return `driver ${driver}, ${cpu}, ${wants.MemoryMB} MB memory${devices.join("")}`;
}
