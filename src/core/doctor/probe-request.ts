import type { LaunchRequest } from "../model/launch-request.js";
import { capabilitiesOf } from "./check-image.js";
import { defaultRequest } from "./default-request.js";
import type { Patient } from "./patient.js";
import { probeScript } from "./probe-script.js";

/** Drivers whose tasks start as root and become the submitter by number: an image does not know names. */
const containers = new Set(["docker", "podman"]);
const seconds = 240;

/** The probe's task: site's defaults, the submitter's user, the datastore's credentials as a step has them. */
export function probeRequest(patient: Patient, jobId: string): LaunchRequest {
  const { submitter, site } = patient;
  const base = defaultRequest(patient, [], jobId);
  const { fetch } = submitter?.datastore ?? {};
  const shared = base.sharedPath;
  const becomes = shared !== undefined && containers.has(site.driver) ? submitter?.numbers : undefined;
  const user = shared === undefined ? undefined : userOf(patient, becomes);
  const script = probeScript({ jobId, pythons: pythonsOf(patient), shared, becomes, fetch });
  return {
    ...base,
    // Metaflow's commands for object stores are written for bash, as every step's are.
    argv: [fetch === undefined ? "sh" : "bash", "-c", script],
    env: fetch?.env ?? {},
    secretEnv: fetch?.secretEnv ?? {},
    meta: { "metaflow.doctor": "probe" },
    timeoutSeconds: seconds,
    ...(user !== undefined && { user }),
  };
}

function userOf(patient: Patient, becomes: string | undefined): string | undefined {
  if (capabilitiesOf(patient)?.nodeUsers === true) return patient.submitter?.user;
  return becomes === undefined ? undefined : "0:0";
}

/** Interpreters in the order in which a step looks for them. */
function pythonsOf(patient: Patient): readonly string[] {
  const { site, submitter } = patient;
  const capabilities = capabilitiesOf(patient);
  if (capabilities?.image === "none" && site.python !== undefined) return [site.python];
  if (submitter?.datastore.fetch !== undefined) return ["python"];
  if (capabilities?.image !== "none") return ["python", "python3"];
  const own = capabilities.filesystem === "host" && submitter !== undefined ? [submitter.interpreter] : [];
  return [...own, "python3", "python"];
}
