import type { Allocation } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import type { Outcome } from "../model/outcome.js";
import type { TrackedJob } from "../watch/tracked-job.js";
import { awaitEnd, type End, endOfOne } from "./await-end.js";
import type { Launch, LaunchContext } from "./context.js";
import { LogCopies } from "./copy-logs.js";
import { endOfRepeated } from "./follow-repeats.js";
import { repeatsOf } from "./repeats.js";
import { type Draft, mainTask } from "./request-to-draft.js";
import { type Running, startedAllocation, warn } from "./running.js";
import { siblingsOf, siblingTroubles } from "./sibling-failure.js";
import { tellEvents } from "./tell-events.js";
import { verdict } from "./verdict.js";

/** Fifth stage: copies the logs while the task runs, waits for its end, and says how it ended. */
export async function allocationToOutcome(
  placed: Allocation,
  tracked: TrackedJob,
  draft: Draft,
  job: Job,
  launch: Launch,
  context: LaunchContext,
): Promise<Outcome> {
  const running: Running = { tracked, draft, job, launch, context };
  const over = new AbortController();
  const copies = new LogCopies(running);
  reportPlacement(placed, running);
  const told = tellEvents(running, over.signal);
  let end: End;
  try {
    await copies.turn(startedAllocation);
    end = await awaitEnd(placed, running, endOf(placed, running, copies));
  } finally {
    over.abort();
    await Promise.all([copies.end(), told]);
  }
  return judge(end, running, copies.lastWords);
}

/** Run once, the first end counts; where the user lets Nomad place the task anew, that is followed. */
function endOf(placed: Allocation, running: Running, copies: LogCopies) {
  const { reschedules, replaces } = repeatsOf(running.job);
  if (!reschedules && !replaces) return endOfOne(running);
  return endOfRepeated(placed, running, { copies, placed: (next) => reportPlacement(next, running) });
}

function judge({ allocation, stoppedFor, collected }: End, running: Running, lastWords: string | undefined): Outcome {
  const { tracked, draft, job } = running;
  const memory = job.TaskGroups[0].Tasks[0].Resources.MemoryMB;
  const { request, driver } = draft;
  const triggers = [...tracked.state.evaluations.values()].map((evaluation) => evaluation.TriggeredBy ?? "");
  const stopped = stoppedFor === undefined ? {} : { stoppedFor };
  const siblings = siblingsOf(job, draft);
  const outcome = verdict(allocation, {
    request,
    driver,
    memory,
    triggers,
    siblings,
    task: mainTask,
    collected,
    ...stopped,
    ...(lastWords !== undefined && { lastWords }),
  });
  if (outcome.kind === "succeeded") for (const trouble of siblingTroubles(allocation, siblings)) warn(running, trouble);
  return outcome;
}

function reportPlacement(placed: Allocation, { draft, job, launch, context }: Running): void {
  const placement = {
    jobId: job.ID,
    allocationId: placed.ID,
    nodeId: placed.NodeID,
    nodeName: placed.NodeName,
    driver: draft.driver.name,
    namespace: job.Namespace,
    task: mainTask,
    ...(job.Region !== undefined && { region: job.Region }),
  };
  launch.report({
    kind: "placed",
    placement,
    at: placed.CreateTime > 0 ? Math.floor(placed.CreateTime / 1e6) : context.clock.now(),
  });
}
