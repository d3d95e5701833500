import type { Allocation, TaskEvent } from "../model/allocation.js";
import type { JobState } from "../watch/job-state.js";
import { mainTask } from "./request-to-draft.js";
import { mainState, type Running, warn } from "./running.js";

/** Tells what happens to the task before its end that a user must know: restarts, and templates that cannot be rendered. */
export async function tellEvents(running: Running, over: AbortSignal): Promise<void> {
  const told = new Set<string>();
  const untold = (state: JobState) => newsOf(state).find(({ message }) => !told.has(message));
  for (;;) {
    const news = await running.tracked.until(untold, over).catch(() => undefined);
    if (news === undefined) return;
    told.add(news.message);
    warn(running, news.message);
  }
}

function newsOf(state: JobState): readonly { readonly message: string }[] {
  return [...state.allocations.values()].flatMap((allocation) => {
    const events = mainState(allocation)?.Events ?? [];
    const own = events.flatMap((event, index) => messageOf(event, events.slice(0, index), allocation));
    return [...own, ...waitsBeside(allocation)];
  });
}

/** What the tasks around it wait for keeps it waiting, too. */
function waitsBeside(allocation: Allocation) {
  const others = Object.entries(allocation.TaskStates ?? {}).filter(([name]) => name !== mainTask);
  return others.flatMap(([name, { Events }]) =>
    (Events ?? []).flatMap((event) => (event.Type === "Template" ? [waitOf(event, allocation, `task ${name}`)] : [])),
  );
}

function waitOf({ DisplayMessage, Message = "" }: TaskEvent, { ID }: Allocation, who: string) {
  return { message: `the ${who} waits for its templates (${DisplayMessage ?? Message}); allocation ${ID.slice(0, 8)}` };
}

/** Nomad's own types of events: `Restarting`, and `Template` for what a template still lacks. */
function messageOf(event: TaskEvent, before: readonly TaskEvent[], allocation: Allocation) {
  if (event.Type === "Restarting") {
    const end = before.findLast(
      ({ Type }) => Type === "Terminated" || Type === "Driver Failure" || Type === "Restart Signaled",
    );
    const why = end?.DisplayMessage ?? "it did not start";
    return [{ message: `Nomad starts the task again on node ${allocation.NodeName} at ${timeOf(event)} (${why})` }];
  }
  return event.Type === "Template" ? [waitOf(event, allocation, "task")] : [];
}

const timeOf = ({ Time }: TaskEvent) => new Date(Time / 1e6).toISOString().slice(11, 19);
