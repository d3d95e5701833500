import type { TaskDriver } from "../contracts/task-driver.js";
import type { Allocation, TaskEvent, TaskState } from "../model/allocation.js";
import type { Job, Task } from "../model/job.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { PlacedFacts } from "./facts.js";
import { end, type Finding, messageOf, signalName, terminated } from "./finding.js";
import { preparationFailure } from "./preparation-failure.js";

/** A task around the step's own. */
export interface Sibling {
  readonly name: string;
  /** As a sentence calls it: `prestart task`, `sidecar`… */
  readonly role: string;
  readonly driver: TaskDriver;
  readonly request: LaunchRequest;
}

/** The tasks of a job beside the main one. */
export function siblingsOf(
  job: Job,
  { driverOf, request }: { driverOf: (name: string) => TaskDriver; request: LaunchRequest },
): readonly Sibling[] {
  const [, ...others] = job.TaskGroups[0].Tasks;
  return others.map((task) => ({ name: task.Name, role: roleOf(task), driver: driverOf(task.Driver), request }));
}

function roleOf({ Lifecycle }: Task): string {
  if (!Lifecycle) return "task";
  return Lifecycle.Sidecar ? "sidecar" : `${Lifecycle.Hook} task`;
}

/**
 * Another task's failure that ended the main one, or kept it from starting: Nomad ends all tasks of a group when one
 * fails. Undefined where the main task ended by itself.
 */
export function siblingFailure({ allocation, task, siblings }: PlacedFacts): Finding | undefined {
  const events = allocation.TaskStates?.[task]?.Events ?? [];
  const blamed = events.findLast(({ Type }) => Type === "Sibling Task Failed")?.Details?.["failed_sibling"];
  const last = terminated(events);
  const finished = last !== undefined && (last.ExitCode ?? 0) === 0 && (last.Signal ?? 0) === 0;
  const sibling = siblings.find(({ name }) => name === blamed);
  if (sibling === undefined || finished) return undefined;
  const started = events.some(({ Type }) => Type === "Started");
  const what = started ? "and Nomad then ended the step" : "so the step did not start";
  return describeFailure(sibling, allocation, what);
}

/** What went wrong with the tasks around a step that itself went well. */
export function siblingTroubles(allocation: Allocation, siblings: readonly Sibling[]): readonly string[] {
  return siblings.flatMap((sibling) => {
    const { Failed = false, State = "dead" } = allocation.TaskStates?.[sibling.name] ?? {};
    if (State === "running") return [`The ${sibling.role} ${sibling.name} still runs, and is left to Nomad.`];
    if (!Failed) return [];
    const { sentence, advice } = describeFailure(sibling, allocation, "after the step had ended");
    return [`${sentence} ${advice}`];
  });
}

function describeFailure(sibling: Sibling, allocation: Allocation, what: string): Finding {
  const { name, role, driver } = sibling;
  const state: TaskState | undefined = allocation.TaskStates?.[name];
  const events = state?.Events ?? [];
  const who = `The ${role} ${name}`;
  const last = terminated(events);
  const see = `See its output: nomad alloc logs ${allocation.ID} ${name} (with -stderr for its errors).`;
  if (last !== undefined) {
    const early = (last.ExitCode ?? 0) === 0 && (last.Signal ?? 0) === 0;
    const advice = early ? `A ${role} must last as long as the step. ${see}` : see;
    return end("failed", `${who} ${howEnded(last)}, ${what}`, advice, true);
  }
  const known = driver.explain?.(events, sibling.request);
  if (known !== undefined) return { ...known, sentence: `${who} failed, ${what}. ${known.sentence}` };
  const failure = preparationFailure(events) ?? notStarted(driver, events);
  return { ...failure, sentence: `${who} failed, ${what}. ${failure.sentence}` };
}

function howEnded({ ExitCode = 0, Signal = 0, Details }: TaskEvent): string {
  if (Details?.["oom_killed"] === "true") return "ran out of memory";
  return Signal > 0 ? `was ended by signal ${signalName(Signal)}` : `exited with code ${ExitCode}`;
}

function notStarted({ name }: TaskDriver, events: readonly TaskEvent[]): Finding {
  const failure = events.findLast(
    (event) => /Failure|Failed|Error|Killing/.test(event.Type) && messageOf(event) !== "",
  );
  const said = failure === undefined ? "Nomad does not say why" : messageOf(failure);
  return end("driver-failed", `Driver ${name}: ${said}`, "`nomad alloc status` can tell more.", true);
}
