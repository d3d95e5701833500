import { LauncherError } from "../errors/launcher-error.js";
import { explainPlacement } from "../launch/explain-placement.js";
import { meetVersion } from "../launch/meet-version.js";
import { NodeSizes } from "../launch/node-sizes.js";
import { planJob } from "../launch/nomad-calls.js";
import { ServerVersion } from "../launch/server-version.js";
import type { Evaluation } from "../model/evaluation.js";
import type { Job } from "../model/job.js";
import { defaultRequest } from "./default-request.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** Whether a task of the site's defaults can be composed, and would be placed at this moment. Nothing is submitted. */
export const placement: Check = {
  name: "placement",
  async run(patient) {
    const { job } = patient.compose(defaultRequest(patient, ["true"]));
    try {
      return [await judge(job, patient)];
    } catch (error) {
      if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_API_FORBIDDEN") throw error;
      return [warn("placement", "not known: the token may not plan jobs", "See right submit-job.")];
    }
  },
};

async function judge(composed: Job, { transport, clock, signal }: Patient): Promise<Finding> {
  const { job } = await meetVersion(composed, new ServerVersion(transport, clock), signal);
  const plan = (await planJob(transport, job, signal)) as { FailedTGAllocs?: Evaluation["FailedTGAllocs"] } | undefined;
  const chain = [{ FailedTGAllocs: plan?.FailedTGAllocs ?? null } as Evaluation];
  const largest = explainPlacement(chain, job) && (await new NodeSizes(transport, clock).largest(job.Region));
  const problem = explainPlacement(chain, job, largest);
  if (problem === undefined) return ok("placement", "a task of the site's defaults would be placed now");
  if (problem.busy)
    return warn("placement", `it would wait now: ${problem.reason}`, "It starts when others have ended.");
  return fail(
    "placement",
    `no node could take a task of the site's defaults: ${problem.reason}`,
    "Correct what is named there.",
  );
}
