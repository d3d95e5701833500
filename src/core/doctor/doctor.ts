import { LauncherError } from "../errors/launcher-error.js";
import { driver } from "./check-driver.js";
import { device } from "./check-device.js";
import { events } from "./check-events.js";
import { image } from "./check-image.js";
import { namespace } from "./check-namespace.js";
import { placement } from "./check-placement.js";
import { places } from "./check-places.js";
import { reach, region } from "./check-reach.js";
import { rights } from "./check-rights.js";
import { sharedHere, sharedVolume } from "./check-shared.js";
import { sizes } from "./check-sizes.js";
import { storage } from "./check-storage.js";
import { token } from "./check-token.js";
import { version } from "./check-version.js";
import { createClusterFacts } from "./cluster-facts.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import type { Check, DoctorTools, Patient } from "./patient.js";
import { probe, probeMinutes } from "./probe.js";
import type { Submitter } from "./submitter.js";

/** Without these nothing further can be asked: the first that fails ends the questions to Nomad. */
const gates: readonly Check[] = [reach, region, token, namespace];
const onNomad: readonly Check[] = [version, rights, events, places, driver, sizes, placement, sharedVolume, device];
const here: readonly Check[] = [image, sharedHere, storage];

/** What to examine. */
export interface Examination {
  readonly tools: DoctorTools;
  readonly origins: Patient["origins"];
  readonly submitter?: Submitter | undefined;
  /** Also run one small task. */
  readonly probe: boolean;
}

/** Examines a site, one finding after another. Nothing is left behind on the cluster. */
export async function* examine(asked: Examination, signal: AbortSignal): AsyncGenerator<Finding> {
  const { tools, origins, submitter } = asked;
  const patient: Patient = {
    site: tools.site,
    transport: tools.transport,
    clock: tools.clock,
    compose: (request) => tools.compose(request),
    launch: (task) => tools.launch(task),
    origins,
    signal,
    cluster: createClusterFacts(tools, signal),
    ...(submitter !== undefined && { submitter }),
  };
  const open = yield* passes(gates, patient);
  if (open) yield* all(onNomad, patient);
  else yield warn("nomad", "nothing further was asked of Nomad", "Mend what failed above, and run this again.");
  yield* all(here, patient);
  if (!asked.probe || !open) return;
  yield ok("probe", `one small task is run, for at most ${probeMinutes} minutes`);
  yield* all([probe], patient);
}

async function* passes(checks: readonly Check[], patient: Patient): AsyncGenerator<Finding, boolean> {
  for (const check of checks) {
    const findings = await run(check, patient);
    yield* findings;
    if (findings.some(({ status }) => status === "fail")) return false;
  }
  return true;
}

async function* all(checks: readonly Check[], patient: Patient): AsyncGenerator<Finding> {
  for (const check of checks) yield* await run(check, patient);
}

/** A check that breaks is a finding too: its error has a sentence and a cure. */
async function run(check: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await check.run(patient);
  } catch (error) {
    patient.signal.throwIfAborted();
    return [brokenBy(error, check.name)];
  }
}

/** An error as a finding. */
export function brokenBy(error: unknown, check: string): Finding {
  if (!(error instanceof LauncherError)) return fail(check, error instanceof Error ? error.message : String(error), "");
  return fail(check, error.message.replace(/\.$/, ""), error.hint);
}
