import { bareRequest } from "../model/bare-request.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Patient } from "./patient.js";

/** A task of the site's defaults, as a step without any attribute would be. */
export function defaultRequest(
  patient: Patient,
  argv: readonly string[],
  jobId = "metaflow-nomad-doctor",
): LaunchRequest {
  const { submitter, site } = patient;
  const shared = sharesStorage(patient) ? site.shared?.path : undefined;
  return {
    ...bareRequest,
    jobId,
    argv,
    ...(site.defaults.image === undefined && submitter !== undefined && { image: submitter.image }),
    ...(shared !== undefined && { sharedPath: shared }),
  };
}

/** Whether steps see the site's shared path: they do with Metaflow's local datastore, and nothing else uses it. */
export function sharesStorage({ submitter, site }: Patient): boolean {
  return site.shared !== undefined && (submitter === undefined || submitter.datastore.type === "local");
}
