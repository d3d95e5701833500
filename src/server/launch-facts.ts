import { plainText } from "../core/errors/plain-text.js";
import type { Outcome } from "../core/model/outcome.js";
import type { LaunchProgress } from "../core/model/progress.js";

/** So many of a task's last events are kept; Nomad itself keeps ten. */
const mostEvents = 10;
/** Longest text of one event, in characters. */
const longestEvent = 500;

/** Collects, from a launch's progress, what Metaflow records as the task's metadata. */
export class LaunchFacts {
  readonly #facts = new Map<string, string>();

  note(progress: LaunchProgress): void {
    const at = new Date(progress.at).toISOString();
    if (progress.kind === "submitted") this.#set({ "job-id": progress.jobId, "submitted-at": at });
    if (progress.kind === "started") this.#set({ "started-at": at });
    if (progress.kind === "placed") {
      const { allocationId, nodeId, nodeName, driver, namespace, region, item } = progress.placement;
      this.#set({ "allocation-id": allocationId, "node-id": nodeId, "node-name": nodeName, driver, namespace });
      this.#set({ "placed-at": at, ...(region !== undefined && { region }) });
      if (item !== undefined) this.#set({ "worker-job-id": progress.placement.jobId, "worker-item": String(item) });
    }
    if (progress.kind === "ended") {
      const { kind, exitCode, signal } = progress.outcome;
      this.#set({ outcome: kind, "finished-at": at, ...evidenceOf(progress.outcome) });
      if (exitCode !== undefined) this.#set({ "exit-code": String(exitCode) });
      if (signal !== undefined && signal > 0) this.#set({ signal: String(signal) });
    }
  }

  /** Metadata by field name, each under `nomad-`. */
  get all(): Record<string, string> {
    return Object.fromEntries(this.#facts);
  }

  #set(facts: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(facts)) this.#facts.set(`nomad-${name}`, value);
  }
}

/** What explains the ending when Nomad has long forgotten the job. */
function evidenceOf({ kind, sentence, advice, evidence }: Outcome): Record<string, string> {
  if (kind === "succeeded") return {};
  const events = (evidence.taskEvents ?? []).slice(-mostEvents).map(({ Time, Type, DisplayMessage = "" }) => ({
    at: new Date(Time / 1e6).toISOString(),
    type: Type,
    message: plainText(DisplayMessage).slice(0, longestEvent),
  }));
  const told = plainText(`${sentence} ${advice}`.trim());
  return { verdict: told, ...(events.length > 0 && { events: JSON.stringify(events) }) };
}
