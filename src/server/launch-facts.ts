import type { LaunchProgress } from "../core/model/progress.js";

/** Collects, from a launch's progress, what Metaflow records as the task's metadata. */
export class LaunchFacts {
  readonly #facts = new Map<string, string>();

  note(progress: LaunchProgress): void {
    const at = new Date(progress.at).toISOString();
    if (progress.kind === "submitted") this.#set({ "job-id": progress.jobId, "submitted-at": at });
    if (progress.kind === "started") this.#set({ "started-at": at });
    if (progress.kind === "placed") {
      const { allocationId, nodeId, nodeName, driver, namespace, region } = progress.placement;
      this.#set({ "allocation-id": allocationId, "node-id": nodeId, "node-name": nodeName, driver, namespace });
      this.#set({ "placed-at": at, ...(region !== undefined && { region }) });
    }
    if (progress.kind === "ended") {
      const { kind, exitCode, signal } = progress.outcome;
      this.#set({ outcome: kind, "finished-at": at });
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
