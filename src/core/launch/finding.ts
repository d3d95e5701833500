import type { TaskEvent } from "../model/allocation.js";
import type { Outcome, OutcomeKind } from "../model/outcome.js";

/** What a verdict says, before it is put together with the evidence. */
export type Finding = Pick<Outcome, "kind" | "sentence" | "advice" | "retriable"> &
  Partial<Pick<Outcome, "exitCode" | "signal">>;

export function end(kind: OutcomeKind, sentence: string, advice: string, retriable: boolean): Finding {
  return { kind, sentence: `${sentence}.`.replace(/\.\.$/, "."), advice, retriable };
}

export const terminated = (events: readonly TaskEvent[]) => events.findLast((event) => event.Type === "Terminated");

export const killed = (events: readonly TaskEvent[]) =>
  events.some((event) => event.Type === "Killing" || event.Type === "Killed");

/** Whether somebody asked Nomad to end it, or to send it a signal (`nomad alloc signal`). */
export const askedFor = (events: readonly TaskEvent[]) =>
  killed(events) || events.some(({ Type }) => Type === "Signaling");

/** Whether it ended before anybody wanted it gone; 1.7 says of a task that has ended, too, that it is being killed. */
export const endedByItself = (events: readonly TaskEvent[]) =>
  events.find(({ Type }) => Type === "Terminated" || Type === "Killing" || Type === "Killed")?.Type === "Terminated";

export const messageOf = (event: TaskEvent) => event.DriverError || event.DisplayMessage || event.Message || "";

const names: Readonly<Record<number, string>> = {
  1: "HUP",
  2: "INT",
  3: "QUIT",
  4: "ILL",
  6: "ABRT",
  7: "BUS",
  8: "FPE",
  9: "KILL",
  11: "SEGV",
  13: "PIPE",
  15: "TERM",
};

export const signalName = (signal: number) =>
  names[signal] === undefined ? String(signal) : `${signal} (SIG${names[signal]})`;
