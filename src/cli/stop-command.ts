import { describeError } from "../core/errors/launcher-error.js";
import { refuse } from "../core/errors/refuse.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { stopJob } from "../core/launch/nomad-calls.js";
import { type JobStub, listJobs } from "../core/launch/our-jobs.js";
import { requestMark } from "../core/model/request-mark.js";
import { submitterOf } from "../core/sweep/submitter.js";
import { openHostHere } from "./open-host.js";
import { type Asker, pickToStop, userOf } from "./pick-to-stop.js";
import { say, warn } from "./say.js";
import { untilInterrupted } from "./until-interrupted.js";

export interface StopOptions {
  readonly site?: string;
  readonly user?: string;
  readonly run?: string;
  readonly yes?: boolean;
  readonly purge?: boolean;
  readonly dryRun?: boolean;
}

/** `metaflow-nomad stop`: stops what this launcher has running; somebody else's only where that was said. */
export async function stopCommand(ids: readonly string[], options: StopOptions): Promise<number> {
  const { user, run, yes = false } = options;
  if (ids.length === 0 && user === undefined && run === undefined)
    throw refuse("stop", "nothing says which jobs", "Name job IDs, --run or --user; `metaflow-nomad ls` lists them.");
  const signal = untilInterrupted();
  await using host = await openHostHere();
  const launcher = host.site(options.site);
  const asker: Asker = { user: userHere(process.env), process: await submitterOf() };
  const { chosen, others } = pickToStop(await running(launcher, signal), { ids, user, run, yes }, asker);
  for (const job of others) warn(`Left alone: ${job.ID} is ${ownerOf(job)}. --user or --yes stops it.\n`);
  if (chosen.length === 0) warn("No running job of yours is meant.\n");
  const stopped = await stopEach(chosen, launcher, options, signal);
  return stopped && others.length === 0 && chosen.length > 0 ? 0 : 1;
}

/** As Metaflow finds it. Source: metaflow/util.py `get_username` */
function userHere(env: NodeJS.ProcessEnv): string {
  const names = ["METAFLOW_USER", "SUDO_USER", "USERNAME", "USER"];
  return names.map((name) => env[name] ?? "").find((name) => name !== "") ?? "";
}

function running({ site, transport }: SiteLauncher, signal: AbortSignal): Promise<readonly JobStub[]> {
  const where = { namespace: site.defaults.namespace, region: site.region };
  return listJobs(`Status != "dead" and "${requestMark}" in Meta`, where, transport, signal);
}

const ownerOf = (job: JobStub) => (userOf(job) === "" ? "of somebody unknown" : `${userOf(job)}'s`);

/** Whether all of them were stopped. */
async function stopEach(
  jobs: readonly JobStub[],
  { site, transport }: SiteLauncher,
  { purge = false, dryRun = false }: StopOptions,
  signal: AbortSignal,
): Promise<boolean> {
  let all = true;
  for (const { ID, Namespace = site.defaults.namespace } of jobs)
    try {
      if (!dryRun) await stopJob(transport, { jobId: ID, namespace: Namespace, region: site.region }, signal, purge);
      say(`${dryRun ? "Would stop" : "Stopped"} ${ID}${purge ? " and purge it" : ""}.\n`);
    } catch (error) {
      all = false;
      warn(`Could not stop ${ID}: ${describeError(error)}\n`);
    }
  return all;
}
