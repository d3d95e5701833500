import { LauncherError } from "../errors/launcher-error.js";
import { within } from "../launch/within.js";
import { ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** Nomad sends a heartbeat at once; a proxy that keeps replies back until they end lets nothing through. */
const patienceMs = 10_000;

/** Whether the event stream is open to the token, and comes through. */
export const events: Check = {
  name: "event stream",
  async run(patient) {
    const { site, clock, signal } = patient;
    const first = site.watch === "event-stream" ? "" : ` (the site begins with ${site.watch})`;
    try {
      const came = await within(patienceMs, clock, signal, (ended) => firstBytes(patient, ended));
      if (came === true) return [ok("event stream", `open${first}`)];
      return [warn("event stream", "it is silent: a proxy between seems to keep it back", cure)];
    } catch (error) {
      if (!(error instanceof LauncherError)) throw error;
      const why =
        error.code === "NOMAD_E_API_FORBIDDEN" ? "the token may not read it (it needs read-job)" : error.message;
      return [warn("event stream", why.replace(/\.$/, ""), cure)];
    }
  },
};

const cure = "The launcher then uses blocking queries, which cost Nomad more.";

async function firstBytes({ transport, site }: Patient, signal: AbortSignal): Promise<boolean> {
  const query = { topic: ["Allocation", "Evaluation"], namespace: site.defaults.namespace, region: site.region };
  const left = new AbortController();
  try {
    const call = { method: "GET", path: "/event/stream", query, silenceMs: patienceMs } as const;
    for await (const chunk of await transport.stream(call, AbortSignal.any([signal, left.signal]))) {
      if (chunk.byteLength > 0) return true;
    }
    return false;
  } finally {
    left.abort(new Error("the event stream was left"));
  }
}
