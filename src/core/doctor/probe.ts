import { randomBytes } from "node:crypto";
import type { LogSink } from "../contracts/log-sink.js";
import { describeError } from "../errors/launcher-error.js";
import { stopJob } from "../launch/nomad-calls.js";
import { within } from "../launch/within.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Outcome } from "../model/outcome.js";
import type { LaunchProgress } from "../model/progress.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";
import { readProbeOutput } from "./probe-output.js";
import { probeRequest } from "./probe-request.js";

/** For image, place and task together. */
export const probeMinutes = 5;

/** One small task by the ordinary way: what a step would find on a node. Its job is purged afterwards. */
export const probe: Check = {
  name: "probe",
  async run(patient) {
    const id = `metaflow-nomad-doctor-${randomBytes(4).toString("hex")}`;
    const request = probeRequest(patient, id);
    const told: LaunchProgress[] = [];
    const output = { stdout: "", stderr: "" };
    try {
      const outcome = await within(probeMinutes * 60_000, patient.clock, patient.signal, async (ended) => {
        const launch = { request, sink: sinkTo(output), report: (news: LaunchProgress) => void told.push(news) };
        const result = await patient.launch({ ...launch, signal: ended });
        // An ended wait is an outcome of the launcher's (stopped); here it is a matter of time.
        ended.throwIfAborted();
        return result;
      });
      return [...warnings(told), ...findings(outcome, output, told, patient)];
    } finally {
      await purge(request, patient);
    }
  },
};

function findings(
  outcome: Outcome | undefined,
  output: { readonly stdout: string; readonly stderr: string },
  told: readonly LaunchProgress[],
  patient: Patient,
): readonly Finding[] {
  if (outcome === undefined) return [tooSlow(told)];
  const found = readProbeOutput(output.stdout, patient);
  if (found.length === 0 && outcome.kind === "succeeded") return [mute];
  const ended = describeEnd(outcome, output.stderr);
  return ended === undefined ? found : [...found, ended];
}

const mute = warn(
  "probe",
  "the task ran, and nothing of its output came back: what it found is not known",
  "See right read-logs above, and whether the servers reach the node.",
);

function describeEnd({ kind, sentence, advice }: Outcome, stderr: string): Finding | undefined {
  if (kind === "succeeded") return undefined;
  const said = stderr.trim().split("\n").slice(-3).join(" ");
  return fail("probe", `${sentence}${said === "" ? "" : ` Its last words: ${said}`}`, advice);
}

function tooSlow(told: readonly LaunchProgress[]): Finding {
  const waiting = told.findLast(({ kind }) => kind === "waiting");
  const placed = told.some(({ kind }) => kind === "placed");
  if (placed)
    return fail(
      "probe",
      `the task did not end within ${probeMinutes} minutes`,
      "A large image may still be on its way; run it again.",
    );
  const why = waiting !== undefined && "reason" in waiting ? `: ${waiting.reason}` : "";
  return fail(
    "probe",
    `the task was not placed within ${probeMinutes} minutes${why}`,
    "Free some nodes, or lower the site's defaults.",
  );
}

function warnings(told: readonly LaunchProgress[]): readonly Finding[] {
  return told.flatMap((one) =>
    one.kind === "warning" ? [warn("probe", one.message, "See the rights above.")] : placedAt(one),
  );
}

function placedAt(one: LaunchProgress): readonly Finding[] {
  return one.kind === "placed" ? [ok("probe", `a task was placed on node ${one.placement.nodeName}`)] : [];
}

function sinkTo(output: { stdout: string; stderr: string }): LogSink {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  return {
    write: (stream, bytes) => void (output[stream] += decoders[stream].decode(bytes, { stream: true })),
    end: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Purged even when interrupted: nothing of a doctor is to be found in `nomad job status`. */
async function purge({ jobId }: LaunchRequest, { transport, site }: Patient): Promise<void> {
  const address = { jobId, namespace: site.defaults.namespace, region: site.region };
  await stopJob(transport, address, AbortSignal.timeout(10_000), true).catch((error: unknown) => {
    throw new Error(
      `job ${jobId} could not be purged (${describeError(error)}); nomad job stop -purge ${jobId} does it`,
    );
  });
}
