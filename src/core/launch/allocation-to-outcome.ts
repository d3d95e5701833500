import { followLogs } from "../logs/follow-logs.js";
import type { Allocation, TaskState } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import type { Outcome } from "../model/outcome.js";
import { currentAllocation, type JobState, wasDeregistered } from "../watch/job-state.js";
import type { TrackedJob } from "../watch/tracked-job.js";
import type { Launch, LaunchContext } from "./context.js";
import { addressOf, stopJob } from "./nomad-calls.js";
import { type Draft, mainTask } from "./request-to-draft.js";
import { type VerdictContext, verdict } from "./verdict.js";
import { within } from "./within.js";

/** How long a stopped task may take to end before the verdict is given without it, in milliseconds. */
const stopPatienceMs = 15_000;
/** The same for a job that was purged, of which nothing more may be heard: its kill timeout, and some. */
const purgedPatienceMs = 5_000;
/** How long to look for lines that arrive after a task's end, where its driver delivers them late, in milliseconds. */
const lateLinesMs = 1_500;

type StopReason = NonNullable<VerdictContext["stoppedFor"]>;

/** Fifth stage: copies the logs while the task runs, waits for its end, and says how it ended. */
export async function allocationToOutcome(
  placed: Allocation,
  tracked: TrackedJob,
  draft: Draft,
  job: Job,
  launch: Launch,
  context: LaunchContext,
): Promise<Outcome> {
  reportPlacement(placed, draft, job, launch, context);
  const over = new AbortController();
  const logs = copyLogs(tracked, draft, job, over.signal, launch, context);
  try {
    const { allocation, stoppedFor } = await awaitEnd(placed, tracked, job, draft, launch, context);
    over.abort();
    await logs;
    const memory = job.TaskGroups[0].Tasks[0].Resources.MemoryMB;
    const { request, driver } = draft;
    const triggers = [...tracked.state.evaluations.values()].map((evaluation) => evaluation.TriggeredBy ?? "");
    return verdict(allocation, {
      request,
      driver,
      memory,
      triggers,
      task: mainTask,
      ...(stoppedFor !== undefined && { stoppedFor }),
    });
  } finally {
    over.abort();
    await logs;
  }
}

function reportPlacement(
  placed: Allocation,
  { driver }: Draft,
  job: Job,
  launch: Launch,
  { clock }: LaunchContext,
): void {
  const placement = {
    jobId: job.ID,
    allocationId: placed.ID,
    nodeId: placed.NodeID,
    nodeName: placed.NodeName,
    driver: driver.name,
    namespace: job.Namespace,
    task: mainTask,
    ...(job.Region !== undefined && { region: job.Region }),
  };
  launch.report({
    kind: "placed",
    placement,
    at: placed.CreateTime > 0 ? Math.floor(placed.CreateTime / 1e6) : clock.now(),
  });
}

/** Follows the logs from the task's start; resolves after the final drain. Never rejects: losing lines is a warning. */
async function copyLogs(
  tracked: TrackedJob,
  draft: Draft,
  job: Job,
  over: AbortSignal,
  launch: Launch,
  context: LaunchContext,
) {
  const started = await tracked.until(startedAllocation, over).catch(() => startedAllocation(tracked.state));
  if (started === undefined) return launch.sink.end();
  const startedAt = Date.parse(mainState(started)?.StartedAt ?? "");
  launch.report({ kind: "started", jobId: job.ID, allocationId: started.ID, at: startedAt || context.clock.now() });
  const task = {
    allocationId: started.ID,
    task: mainTask,
    namespace: job.Namespace,
    ...(job.Region !== undefined && { region: job.Region }),
    sink: launch.sink,
    ended: over,
    quietMs: draft.driver.capabilities.lateLogs === false ? 0 : lateLinesMs,
    onLoss: (reason: string) =>
      launch.report({
        kind: "warning",
        jobId: job.ID,
        message: `some output may be missing: ${reason}`,
        at: context.clock.now(),
      }),
  };
  // The drain must outlive a cancelled launch: what the task said while it was stopped is worth having.
  await followLogs(task, context, AbortSignal.any([])).catch((error: unknown) => task.onLoss(String(error)));
}

/** Waits for the allocation's end; stops the job when time is up, when nobody wants it, or when Nomad would move it. */
async function awaitEnd(
  placed: Allocation,
  tracked: TrackedJob,
  job: Job,
  draft: Draft,
  launch: Launch,
  context: LaunchContext,
) {
  const { clock } = context;
  const first = await tracked
    .until((state) => endedOrMoving(state) ?? startedAllocation(state), launch.signal)
    .catch((error: unknown) => (launch.signal.aborted ? undefined : Promise.reject(error)));
  const runningSince = Date.parse((first && mainState(first)?.StartedAt) ?? "") || clock.now();
  const left = (draft.request.timeoutSeconds ?? 0) * 1000 - (clock.now() - runningSince);
  let stoppedFor: StopReason | undefined;
  let ended: Allocation | undefined;
  try {
    ended = await within(left, clock, launch.signal, (signal) => untilEnded(tracked, job, signal, launch, context));
    if (ended === undefined) stoppedFor = "time-limit";
  } catch (error) {
    if (!launch.signal.aborted) throw error;
    stoppedFor = "cancelled";
  }
  if (ended === undefined || !(isOver(ended) || isSilent(ended))) ended = await stopAndSettle(tracked, job, context);
  else if (isSilent(ended) || wouldBeReplaced(ended))
    await stopJob(context.transport, addressOf(job), AbortSignal.timeout(stopPatienceMs));
  return { allocation: ended ?? currentAllocation(tracked.state) ?? placed, stoppedFor };
}

/**
 * Waits until the allocation ends, is moved, or its node has been silent for too long. A node that comes back in time
 * goes on with its task, as if nothing had been.
 */
async function untilEnded(
  tracked: TrackedJob,
  job: Job,
  signal: AbortSignal,
  launch: Launch,
  { site, clock }: LaunchContext,
): Promise<Allocation> {
  for (;;) {
    const news = await tracked.until((state) => endedOrMoving(state) ?? silentAllocation(state), signal);
    if (!isSilent(news)) return news;
    const message = `node ${news.NodeName} does not answer; it is waited for, at most ${site.lostAfterSeconds} s`;
    launch.report({ kind: "warning", jobId: job.ID, message, at: clock.now() });
    const back = (state: JobState) => endedOrMoving(state) ?? (silentAllocation(state) ? undefined : news);
    const answer = await within(site.lostAfterSeconds * 1000, clock, signal, (until) => tracked.until(back, until));
    if (answer === undefined) return news;
    if (answer !== news) return answer;
    launch.report({ kind: "warning", jobId: job.ID, message: `node ${news.NodeName} answers again`, at: clock.now() });
  }
}

/** Stops the job, so that no replacement runs, and gives the task its kill timeout to end. */
async function stopAndSettle(tracked: TrackedJob, job: Job, context: LaunchContext): Promise<Allocation | undefined> {
  const silentStop = wasDeregistered(tracked.state);
  await stopJob(context.transport, addressOf(job), AbortSignal.timeout(stopPatienceMs));
  const never = AbortSignal.any([]);
  const patience = silentStop ? purgedPatienceMs : stopPatienceMs;
  return within(patience, context.clock, never, (signal) => tracked.until(firstEnded, signal));
}

/** The first allocation that ended: a replacement Nomad started behind our back must not change the verdict. */
function firstEnded(state: JobState): Allocation | undefined {
  const byAge = [...state.allocations.values()].sort((a, b) => a.CreateIndex - b.CreateIndex);
  return byAge.find(isOver);
}

function endedOrMoving(state: JobState): Allocation | undefined {
  const moving = [...state.allocations.values()].find(wouldBeReplaced);
  return firstEnded(state) ?? moving ?? (wasDeregistered(state) ? currentAllocation(state) : undefined);
}

/** Nomad replaces what it lost, moved or was told to stop, even with both policies at 0. */
function wouldBeReplaced(allocation: Allocation): boolean {
  const moved = allocation.DesiredTransition?.Migrate === true || allocation.DesiredStatus !== "run";
  return moved || allocation.ClientStatus === "lost";
}

function silentAllocation(state: JobState): Allocation | undefined {
  return [...state.allocations.values()].find(isSilent);
}

function startedAllocation(state: JobState): Allocation | undefined {
  return [...state.allocations.values()].find(
    (allocation) => Boolean(mainState(allocation)?.StartedAt) && !isZeroTime(allocation),
  );
}

/** Go writes the zero time where a task never started. */
const isZeroTime = (allocation: Allocation) => (mainState(allocation)?.StartedAt ?? "").startsWith("0001-");

const mainState = (allocation: Allocation): TaskState | undefined => allocation.TaskStates?.[mainTask];

/** Its node is disconnected; what became of the task is not known. */
const isSilent = ({ ClientStatus }: Allocation) => ClientStatus === "unknown";

const isOver = ({ ClientStatus }: Allocation) =>
  ClientStatus === "complete" || ClientStatus === "failed" || ClientStatus === "lost";
