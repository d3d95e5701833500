import type { Allocation, TaskEvent, TaskState } from "../core/model/allocation.js";
import { Fields, isObject } from "./read-fields.js";

const clientStatuses = ["pending", "running", "complete", "failed", "lost", "unknown"] as const;
const desiredStatuses = ["run", "stop", "evict"] as const;
const taskStates = ["pending", "running", "dead"] as const;

/**
 * Reads an allocation, whether from a list, from its own endpoint or from an event.
 *
 * Only what the model knows is kept: an event's allocation also carries its resources and networks, several kilobytes each.
 * @throws LauncherError `NOMAD_E_API_REPLY`
 */
export function readAllocation(value: unknown, call: string): Allocation {
  const fields = new Fields(value, "allocation", call);
  return {
    ID: fields.text("ID"),
    JobID: fields.text("JobID"),
    Namespace: fields.text("Namespace"),
    EvalID: fields.optionalText("EvalID") ?? "",
    NodeID: fields.optionalText("NodeID") ?? "",
    NodeName: fields.optionalText("NodeName") ?? "",
    TaskGroup: fields.text("TaskGroup"),
    ClientStatus: fields.oneOf("ClientStatus", clientStatuses),
    DesiredStatus: fields.oneOf("DesiredStatus", desiredStatuses),
    CreateIndex: fields.number("CreateIndex"),
    ModifyIndex: fields.number("ModifyIndex"),
    CreateTime: fields.number("CreateTime"),
    ModifyTime: fields.number("ModifyTime"),
    ...optionalTexts(fields),
    ...transitionOf(fields),
    ...statesOf(fields, call),
  };
}

const optionalNames = [
  "ClientDescription",
  "DesiredDescription",
  "PreemptedByAllocation",
  "PreviousAllocation",
  "NextAllocation",
] as const;

function optionalTexts(fields: Fields): Partial<Record<(typeof optionalNames)[number], string>> {
  const found: Partial<Record<(typeof optionalNames)[number], string>> = {};
  for (const name of optionalNames) {
    const text = fields.optionalText(name);
    if (text !== undefined) found[name] = text;
  }
  return found;
}

function transitionOf(fields: Fields): Pick<Allocation, "DesiredTransition"> {
  const raw = fields.object("DesiredTransition");
  if (raw === undefined) return {};
  const { Migrate, Reschedule } = raw;
  return { DesiredTransition: { Migrate: Migrate === true, Reschedule: Reschedule === true } };
}

function statesOf(fields: Fields, call: string): Pick<Allocation, "TaskStates"> {
  const raw = fields.object("TaskStates");
  if (raw === undefined) return {};
  // Not by assignment: a task may be called __proto__.
  return {
    TaskStates: Object.fromEntries(
      Object.entries(raw).map(([task, state]) => [task, readTaskState(state, task, call)]),
    ),
  };
}

function readTaskState(value: unknown, task: string, call: string): TaskState {
  const fields = new Fields(value, `state of task ${task}`, call);
  const restarts = fields.optional("Restarts", "number") as number | undefined;
  const started = fields.optionalText("StartedAt");
  const finished = fields.optionalText("FinishedAt");
  return {
    State: fields.oneOf("State", taskStates),
    Failed: fields.flag("Failed"),
    Events: (fields.list("Events") ?? []).map((event) => readTaskEvent(event, task, call)),
    ...(restarts !== undefined && { Restarts: restarts }),
    ...(started !== undefined && { StartedAt: started }),
    ...(finished !== undefined && { FinishedAt: finished }),
  };
}

const eventTexts = ["DisplayMessage", "Message", "DriverError", "KillError", "KillReason"] as const;

/** Keeps what an event says: of the two dozen fields that Nomad writes, nearly all are empty. */
function readTaskEvent(value: unknown, task: string, call: string): TaskEvent {
  const fields = new Fields(value, `event of task ${task}`, call);
  const event: { -readonly [K in keyof TaskEvent]: TaskEvent[K] } = {
    Type: fields.text("Type"),
    Time: fields.number("Time"),
  };
  for (const name of eventTexts) {
    const text = fields.optionalText(name);
    if (text !== undefined) event[name] = text;
  }
  const code = fields.optional("ExitCode", "number") as number | undefined;
  if (code !== undefined) event.ExitCode = code;
  const signal = fields.optional("Signal", "number") as number | undefined;
  if (signal !== undefined) event.Signal = signal;
  const details = detailsOf(fields.object("Details"));
  if (details !== undefined) event.Details = details;
  return event;
}

function detailsOf(raw: Readonly<Record<string, unknown>> | undefined): Record<string, string> | undefined {
  if (!isObject(raw)) return undefined;
  const texts = Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return texts.length > 0 ? Object.fromEntries(texts) : undefined;
}
