import type { Allocation } from "../model/allocation.js";
import { currentAllocation, type JobState, wasDeregistered } from "../watch/job-state.js";
import { isCollected } from "./is-collected.js";
import {
  endedOrMoving,
  firstEnded,
  hasStarted,
  isOver,
  isSilent,
  mainState,
  type Running,
  silentAllocation,
  startedAllocation,
  warn,
  wouldBeReplaced,
} from "./running.js";
import { stopOrTell } from "./stop-or-tell.js";
import type { VerdictContext } from "./verdict.js";
import { within } from "./within.js";

/** How long a stopped task may take to end before the verdict is given without it, in milliseconds. */
const stopPatienceMs = 15_000;
/** The same for a job that was purged, of which nothing more may be heard: its kill timeout, and some. */
const purgedPatienceMs = 5_000;

/** The allocation the verdict rests on. */
export interface End {
  readonly allocation: Allocation;
  readonly stoppedFor: VerdictContext["stoppedFor"];
  /** Nomad has forgotten the job: what it said last is not its end. */
  readonly collected: boolean;
}

/** How the end of a task is found. */
export interface EndOf {
  /** Waits until the task has ended for good, is about to be moved, or its node has been silent for too long. */
  readonly wait: (signal: AbortSignal) => Promise<Allocation>;
  /** The allocation that ended, after the job was stopped. */
  readonly stopped: (state: JobState) => Allocation | undefined;
}

/** A task that runs once: the first end of an allocation is the end, and none may be replaced. */
export function endOfOne(running: Running): EndOf {
  const look = { ended: endedOrMoving, silent: silentAllocation };
  return { wait: (signal) => untilEnded(look, running, signal), stopped: firstEnded };
}

/** Waits for the end; stops the job when time is up, when nobody wants it, or when Nomad would move it. */
export async function awaitEnd(placed: Allocation, running: Running, end: EndOf): Promise<End> {
  const { tracked, job, launch, context } = running;
  let stoppedFor: End["stoppedFor"];
  let ended: Allocation | undefined;
  try {
    const left = await timeLeft(running);
    ended = await within(left, context.clock, launch.signal, end.wait);
    if (ended === undefined) stoppedFor = "time-limit";
  } catch (error) {
    if (!launch.signal.aborted) throw error;
    stoppedFor = "cancelled";
  }
  const collected = ended !== undefined && isForgotten(ended, tracked.state);
  if (collected) return { allocation: ended ?? placed, stoppedFor, collected };
  if (ended === undefined || !(isOver(ended) || isSilent(ended))) ended = await stopAndSettle(running, end);
  else if (isSilent(ended) || wouldBeReplaced(ended) || anyLives(tracked.state)) await stopOrTell(job, launch, context);
  return { allocation: ended ?? currentAllocation(tracked.state) ?? placed, stoppedFor, collected };
}

/** Whether the job is gone from Nomad, of itself, before this allocation was seen to end. */
const isForgotten = (last: Allocation, state: JobState) => state.vanished && !isOver(last) && !wasDeregistered(state);

/** A task that was replaced while its node did not answer would go on when the node is back. */
function anyLives({ allocations }: JobState): boolean {
  return [...allocations.values()].some((allocation) => allocation.DesiredStatus === "run" && !isOver(allocation));
}

/**
 * Milliseconds of the time limit that are left, counted from the task's first start: from when it was seen, since the node's
 * clock may differ from this one by hours; only of a task taken over is the node's own time all there is.
 */
async function timeLeft({ tracked, draft, launch, context: { clock } }: Running): Promise<number> {
  const first = await tracked.until(
    (state) => endedOrMoving(state) ?? startedAllocation(state) ?? vanished(state),
    launch.signal,
  );
  const limit = (draft.request.timeoutSeconds ?? 0) * 1000;
  if (launch.resumes !== true) return limit;
  const started = [...tracked.state.allocations.values()].filter(hasStarted);
  const starts = [first, ...started].map((allocation) => Date.parse(mainState(allocation)?.StartedAt ?? ""));
  const runningSince = Math.min(...starts.filter((at) => at > 0), clock.now());
  return limit - (clock.now() - runningSince);
}

/** What to look for in a job's state. */
export interface Look {
  readonly ended: (state: JobState) => Allocation | undefined;
  readonly silent: (state: JobState) => Allocation | undefined;
}

/**
 * Waits until the allocation ends, is moved, or its node has been silent for too long. A node that comes back in time
 * goes on with its task, as if nothing had been.
 */
export async function untilEnded(look: Look, running: Running, signal: AbortSignal): Promise<Allocation> {
  const { tracked, job, context } = running;
  const seconds = lostAfterSeconds(running);
  for (;;) {
    const news = await tracked.until((state) => look.ended(state) ?? look.silent(state) ?? vanished(state), signal);
    if (look.ended(tracked.state) === undefined && tracked.state.vanished) {
      if (await isCollected(job, context, signal)) return news;
      continue;
    }
    if (!isSilent(news) || look.ended(tracked.state) === news) return news;
    warn(running, `node ${news.NodeName} does not answer; it is waited for, at most ${seconds} s`);
    const back = (state: JobState) => look.ended(state) ?? (look.silent(state) ? undefined : news);
    const answer = await within(seconds * 1000, context.clock, signal, (until) => tracked.until(back, until));
    if (answer === undefined) return news;
    if (answer !== news) return answer;
    warn(running, `node ${news.NodeName} answers again`);
  }
}

/** What was last heard of a job that a complete look does not show any more. */
const vanished = (state: JobState) => (state.vanished ? currentAllocation(state) : undefined);

/** As Nomad itself waits for the node: the site's time, or the one of the step's `disconnect`. */
function lostAfterSeconds({ job, context: { site } }: Running): number {
  const lostAfter = job.TaskGroups[0].Disconnect?.LostAfter;
  return lostAfter === undefined ? site.lostAfterSeconds : lostAfter / 1e9;
}

/** Stops the job, so that no replacement runs, and gives the task its kill timeout to end. */
async function stopAndSettle(
  { tracked, job, launch, context }: Running,
  { stopped }: EndOf,
): Promise<Allocation | undefined> {
  const silentStop = wasDeregistered(tracked.state);
  await stopOrTell(job, launch, context);
  const never = AbortSignal.any([]);
  const patience = silentStop ? purgedPatienceMs : stopPatienceMs;
  return within(patience, context.clock, never, (signal) => tracked.until(stopped, signal));
}
