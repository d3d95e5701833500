import type { DriverDiagnosis } from "../core/contracts/task-driver.js";
import type { TaskEvent } from "../core/model/allocation.js";

/** One failure a driver is known to report, recognised by its text. */
export interface KnownFailure extends Omit<DriverDiagnosis, "sentence"> {
  readonly pattern: RegExp;
  /** May use the pattern's groups as `$1`. */
  readonly sentence: string;
}

const failureTypes = new Set(["Driver Failure", "Failed Validation", "Setup Failure", "Task hook failed"]);

/** The text of what failed before the task ran, newest first; empty when nothing did. */
export function failureText(events: readonly TaskEvent[]): string {
  return events
    .filter((event) => failureTypes.has(event.Type))
    .reverse()
    .flatMap((event) => [event.DisplayMessage, event.DriverError, event.Message, ...Object.values(event.Details ?? {})])
    .filter((text) => text !== undefined && text !== "")
    .join("\n");
}

/** The first known failure that the events show; undefined when none does. */
export function diagnose(events: readonly TaskEvent[], known: readonly KnownFailure[]): DriverDiagnosis | undefined {
  const text = failureText(events);
  if (text === "") return undefined;
  for (const { pattern, sentence, ...rest } of known) {
    const found = pattern.exec(text);
    if (found !== null) return { ...rest, sentence: fill(sentence, found) };
  }
  return undefined;
}

function fill(sentence: string, found: RegExpExecArray): string {
  return sentence.replace(/\$(\d)/g, (_hole, group: string) => (found[Number(group)] ?? "").trim().slice(0, 200));
}

/** Failures of every driver: Nomad's own checks of the driver's `Config` and of the user. */
export const commonFailures: readonly KnownFailure[] = [
  {
    pattern: /No argument or block type is named "([^"]*)"/,
    kind: "driver-failed",
    sentence: "The task driver knows no option $1.",
    advice: "Correct driver_config: the options stand in the driver's page of Nomad's documentation.",
    retriable: false,
  },
  {
    pattern: /Unknown variable: ([^\n]*)/,
    kind: "driver-failed",
    sentence: "driver_config names a variable Nomad does not have: $1",
    advice: "Write $${…} for a literal ${…} in driver_config, or correct the name.",
    retriable: false,
  },
  {
    pattern: /failed to parse config:\s*(?:\* )?([^\n]*)/,
    kind: "driver-failed",
    sentence: "The task driver refused its configuration: $1",
    advice: "Correct driver_config: the options and their types stand in the driver's page of Nomad's documentation.",
    retriable: false,
  },
  {
    pattern: /running as user "([^"]*)" is disallowed/,
    kind: "driver-failed",
    sentence: "The node allows no task to run as $1.",
    advice: "Leave `user` out, or name another; the node's user.denylist decides.",
    retriable: false,
  },
  {
    pattern: /unknown user ([^\s\n]+)/,
    kind: "driver-failed",
    sentence: "The node has no user $1.",
    advice: "Name a user that exists on the node (a name, not a number), or leave `user` out.",
    retriable: false,
  },
  {
    pattern: /no space left on device/,
    kind: "driver-failed",
    sentence: "The node's disk is full.",
    advice: "Run it elsewhere (a constraint on ${node.unique.name}), or free space on the node.",
    retriable: true,
  },
];
