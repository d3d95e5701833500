import type * as Nomad from "../types/nomad.js";
import type { JobEnd } from "./follow-job.js";

/** How a batch job ended: of each of its parts, the newest allocation counts. */
export function exitOf(allocations: readonly Nomad.AllocationListStub[]): JobEnd {
  const newest = new Map<string, Nomad.AllocationListStub>();
  for (const one of allocations.toSorted((a, b) => a.CreateIndex - b.CreateIndex))
    newest.set(`${one.Name} ${one.NodeID}`, one);
  const bad = [...newest.values()].find(
    ({ ClientStatus, NextAllocation }) => ClientStatus !== "complete" && NextAllocation === "",
  );
  if (newest.size === 0) return { code: 1, reason: "it ended without an allocation" };
  if (bad === undefined) return { code: 0, reason: `complete: ${count(newest.size)}` };
  const [task, state] = Object.entries(bad.TaskStates ?? {}).find(([, { Failed }]) => Failed) ?? [];
  const last = (state?.Events ?? []).findLast(({ Type }) => Type === "Terminated");
  const code = last?.ExitCode ?? 0;
  const event = last ?? (state?.Events ?? []).findLast(({ Type }) => !consequences.has(Type));
  const why = task === undefined ? bad.ClientDescription : `task ${task}: ${event?.DisplayMessage ?? "failed"}`;
  return { code: code > 0 ? code : 1, reason: `allocation ${bad.ID.slice(0, 8)} ${bad.ClientStatus}; ${why}` };
}

/** Events that follow from a failure and do not say what it was. Source: nomad/structs/structs.go `TaskNotRestarting` … */
const consequences: ReadonlySet<string> = new Set([
  "Not Restarting",
  "Killing",
  "Killed",
  "Sibling Task Failed",
  "Leader Task Dead",
]);

const count = (allocations: number) => (allocations === 1 ? "1 allocation" : `${String(allocations)} allocations`);
