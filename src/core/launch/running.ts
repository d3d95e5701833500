import type { Allocation, TaskState } from "../model/allocation.js";
import type { Job } from "../model/job.js";
import { currentAllocation, type JobState, wasDeregistered } from "../watch/job-state.js";
import type { TrackedJob } from "../watch/tracked-job.js";
import type { Launch, LaunchContext } from "./context.js";
import { type Draft, mainTask } from "./request-to-draft.js";

/** A job that has been placed, and all that is needed to see it through. */
export interface Running {
  readonly tracked: TrackedJob;
  readonly draft: Draft;
  readonly job: Job;
  readonly launch: Launch;
  readonly context: LaunchContext;
}

/** Tells the user, among the task's own lines. */
export function warn({ launch, job, context }: Running, message: string): void {
  launch.report({ kind: "warning", jobId: job.ID, message, at: context.clock.now() });
}

/** The first allocation that ended: a replacement Nomad started behind our back must not change the verdict. */
export function firstEnded(state: JobState): Allocation | undefined {
  const byAge = [...state.allocations.values()].sort((a, b) => a.CreateIndex - b.CreateIndex);
  return byAge.find(isOver);
}

export function endedOrMoving(state: JobState): Allocation | undefined {
  const moving = [...state.allocations.values()].find(wouldBeReplaced);
  return firstEnded(state) ?? moving ?? (wasDeregistered(state) ? currentAllocation(state) : undefined);
}

/** Nomad replaces what it lost, moved or was told to stop, even with both policies at 0. */
export function wouldBeReplaced(allocation: Allocation): boolean {
  const moved = allocation.DesiredTransition?.Migrate === true || allocation.DesiredStatus !== "run";
  return moved || allocation.ClientStatus === "lost";
}

export function silentAllocation(state: JobState): Allocation | undefined {
  return [...state.allocations.values()].find(isSilent);
}

export function startedAllocation(state: JobState): Allocation | undefined {
  return [...state.allocations.values()].find(hasStarted);
}

/** Go writes the zero time where a task never started. */
export function hasStarted(allocation: Allocation): boolean {
  const since = mainState(allocation)?.StartedAt ?? "";
  return since !== "" && !since.startsWith("0001-");
}

export const mainState = (allocation: Allocation): TaskState | undefined => allocation.TaskStates?.[mainTask];

/** Its node is disconnected; what became of the task is not known. */
export const isSilent = ({ ClientStatus }: Allocation) => ClientStatus === "unknown";

/**
 * Nomad calls an allocation failed as soon as one task has failed: the main one may still be on its way out, and tasks
 * after it on their way in.
 */
export const isOver = ({ ClientStatus, TaskStates }: Allocation) => {
  if (ClientStatus !== "failed") return ClientStatus === "complete" || ClientStatus === "lost";
  const states = Object.values(TaskStates ?? {});
  return !states.some(({ Failed }) => Failed) || states.every(({ State }) => State === "dead");
};
