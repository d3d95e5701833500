import { LauncherError } from "../core/errors/launcher-error.js";
import { explainPlacement } from "../core/launch/explain-placement.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import type { Outcome } from "../core/model/outcome.js";
import { describeShown } from "../core/show/describe-shown.js";
import { asAllocation, asJob, readShown, type Shown } from "../core/show/read-shown.js";
import { checkId, findAllocations } from "./find-allocation.js";
import { openHostHere } from "./open-host.js";
import { say } from "./say.js";
import { untilInterrupted } from "./until-interrupted.js";

export interface ShowOptions {
  readonly site?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

/** `metaflow-nomad show ID`: everything Nomad knows of a job and its newest allocation. */
export async function showCommand(id: string, options: ShowOptions): Promise<number> {
  const signal = untilInterrupted();
  await using host = await openHostHere();
  const launcher = host.site(options.site);
  const shown = await find(id, options, launcher, signal);
  const why = explain(shown, launcher);
  const outcome = typeof why === "object" ? { outcome: { ...why, evidence: undefined } } : {};
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...shown, ...outcome })}\n`);
  else for (const line of describeShown(shown, why)) say(`${line}\n`);
  return 0;
}

async function find(id: string, options: ShowOptions, { site, transport }: SiteLauncher, signal: AbortSignal) {
  const place = { namespace: options.namespace ?? site.defaults.namespace, region: site.region };
  checkId(id);
  try {
    const [newest] = await findAllocations(id, place, transport, signal);
    return await readShown({ ...place, jobId: newest?.JobID ?? id }, newest?.ID, transport, signal);
  } catch (error) {
    // A job that waits for a node has no allocation, and much to tell.
    const none = error instanceof LauncherError && error.code === "NOMAD_E_REQUEST_INVALID";
    if (!none) throw error;
    return readShown({ ...place, jobId: id }, undefined, transport, signal).catch((missing: unknown) => {
      throw missing instanceof LauncherError && missing.code === "NOMAD_E_API_NOT_FOUND" ? error : missing;
    });
  }
}

function explain({ job, allocation, evaluations }: Shown, launcher: SiteLauncher): Outcome | string | undefined {
  if (allocation === undefined) {
    if (job.Stop) return "stopped before it had a node.";
    const problem = explainPlacement(evaluations, asJob(job));
    return problem && `waits for a node: ${problem.reason}.`;
  }
  if (["pending", "running"].includes(allocation.ClientStatus)) return undefined;
  const triggers = evaluations.map(({ TriggeredBy }) => TriggeredBy ?? "");
  return launcher.explain(asJob(job), asAllocation(allocation), triggers);
}
