import type { Allocation } from "../model/allocation.js";
import { currentAllocation, evaluationChain, type JobState, wasDeregistered } from "../watch/job-state.js";
import { type EndOf, type Look, untilEnded } from "./await-end.js";
import type { LogCopies } from "./copy-logs.js";
import { explainPlacement } from "./explain-placement.js";
import { addressOf, readJob, textField } from "./nomad-calls.js";
import { hasStarted, isOver, isSilent, type Running, warn, wouldBeReplaced } from "./running.js";
import { within } from "./within.js";

/** How often to ask whether Nomad will place the task anew, in milliseconds: from, to. What it placed is seen at once. */
const askMs = { from: 1_000, to: 30_000 };

/** What a change of allocation means to the others. */
interface Follower {
  readonly copies: Pick<LogCopies, "turn">;
  /** Tells where the task runs now. */
  readonly placed: (allocation: Allocation) => void;
}

/**
 * A task that Nomad may place anew (`reschedule`, `disconnect { replace }`): its end is the end of the allocation that
 * Nomad does not replace any more.
 */
export function endOfRepeated(placed: Allocation, running: Running, follower: Follower): EndOf {
  return {
    wait: (signal) => followReplacements(placed, running, follower, signal),
    stopped: (state) => {
      const last = currentAllocation(state);
      return last !== undefined && isOver(last) ? last : undefined;
    },
  };
}

async function followReplacements(placed: Allocation, running: Running, follower: Follower, signal: AbortSignal) {
  for (let current = placed; ;) {
    const ended = await untilEnded(lookAt(current), running, signal);
    const next = await replacementOf(ended, running, signal);
    if (next === undefined) return ended;
    warn(running, `allocation ${ended.ID} ${describeEnd(ended)}; Nomad placed the task anew`);
    follower.placed(next);
    await follower.copies.turn((state) => started(state, next.ID));
    current = next;
  }
}

/** One allocation alone. A silent one has ended for us as soon as another runs in its place. */
function lookAt({ ID }: Allocation): Look {
  const mine = (state: JobState) => state.allocations.get(ID);
  return {
    ended: (state) => {
      const found = mine(state);
      if (found === undefined) return undefined;
      const replaced = isSilent(found) && liveBeside(state, found) !== undefined;
      return isOver(found) || replaced || wasDeregistered(state) ? found : undefined;
    },
    silent: (state) => [mine(state)].find((found) => found !== undefined && isSilent(found)),
  };
}

/** The allocation in place of one that ended; undefined once Nomad is done with the job. */
async function replacementOf(
  ended: Allocation,
  running: Running,
  signal: AbortSignal,
): Promise<Allocation | undefined> {
  if (ended.ClientStatus === "complete" && !wouldBeReplaced(ended)) return undefined;
  const { tracked, context } = running;
  let told: string | undefined;
  for (let pause = askMs.from; ; pause = Math.min(pause * 2, askMs.to)) {
    const look = (until: AbortSignal) => tracked.until((state) => liveBeside(state, ended), until);
    const next = await within(pause, context.clock, signal, look);
    if (next !== undefined || (await isDone(running, signal))) return next;
    told = tellWaiting(ended, running, told);
  }
}

/** Whether Nomad has neither an allocation nor an evaluation left for the job. */
async function isDone({ job, context }: Running, signal: AbortSignal): Promise<boolean> {
  const found = await readJob(context.transport, addressOf(job), signal);
  return found === undefined || textField(found, "Status") === "dead";
}

function tellWaiting({ CreateIndex }: Allocation, running: Running, told: string | undefined): string | undefined {
  const { tracked, job, launch, context } = running;
  const since = evaluationChain(tracked.state).filter((evaluation) => evaluation.CreateIndex > CreateIndex);
  const reason = explainPlacement(since, job)?.reason;
  if (reason === undefined || reason === told) return told;
  launch.report({ kind: "waiting", jobId: job.ID, reason, at: context.clock.now() });
  return reason;
}

/** The newest allocation that Nomad wants to run, beside one that it does not. */
function liveBeside(state: JobState, { ID }: Allocation): Allocation | undefined {
  return [...state.allocations.values()]
    .filter((other) => other.ID !== ID && other.DesiredStatus === "run" && !isOver(other) && !isSilent(other))
    .sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
}

function started(state: JobState, id: string): Allocation | undefined {
  return [state.allocations.get(id)].find((found) => found !== undefined && hasStarted(found));
}

function describeEnd({ ClientStatus, NodeName }: Allocation): string {
  if (ClientStatus === "unknown") return `does not answer (node ${NodeName})`;
  if (ClientStatus === "complete") return `was stopped on node ${NodeName}`;
  return ClientStatus === "failed" ? `failed on node ${NodeName}` : `was lost with node ${NodeName}`;
}
