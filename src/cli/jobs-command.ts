import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Connection, Host } from "../core/host/host.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { describeError, LauncherError } from "../core/errors/launcher-error.js";
import { stopJob } from "../core/launch/nomad-calls.js";
import { connection, parseProtocol } from "../server/protocol.js";
import { say, warn } from "./say.js";
import { createLogger, openHost } from "./open-host.js";

/** Where a step of the flow says that it runs, in place of a site's own settings. */
const place = z.object({
  site: z.string().optional(),
  connection: connection.optional(),
  region: z.string().optional(),
  namespace: z.string().optional(),
});
type Place = z.infer<typeof place>;

/** What `python flow.py nomad list|kill` asks, on standard input. */
const query = z.object({
  version: z.literal(1),
  conf: z.record(z.string(), z.string()).default({}),
  flowDir: z.string(),
  flow: z.string(),
  runId: z.string().nullish(),
  user: z.string().nullish(),
  prefix: z.string().nullish(),
  jobIds: z.array(z.string()).default([]),
  purge: z.boolean().default(false),
  places: z.array(place).default([]),
});
type Query = z.infer<typeof query>;

const jobStub = z.object({
  ID: z.string(),
  Namespace: z.string().default("default"),
  Status: z.string(),
  SubmitTime: z.number().default(0),
  Meta: z.record(z.string(), z.string()).nullish(),
});
type JobStub = z.infer<typeof jobStub>;

/** Where to look. */
interface Target extends Pick<Place, "region" | "namespace"> {
  readonly launcher: SiteLauncher;
}

/** A job, and where it is. */
interface FoundJob extends Target {
  readonly job: JobStub;
}

/** `metaflow-nomad jobs list|stop`: jobs of a flow on any configured site or place of its steps, found by the meta the launcher gave them. */
export async function jobsCommand(action: "list" | "stop"): Promise<number> {
  const asked = parseProtocol(query, await text(process.stdin));
  const { conf, flowDir: startDir, places } = asked;
  const [first] = places;
  const lastAddress = places.every(({ connection: own }) => own !== undefined) ? first?.connection?.address : undefined;
  await using host = await openHost(
    { conf, startDir, ...(lastAddress !== undefined && { lastAddress }) },
    createLogger(),
  );
  const jobs = (await findJobs(targetsOf(host, places))).filter(({ job }) => matches(job, asked));
  const missing = asked.jobIds.filter((id) => !jobs.some(({ job }) => job.ID === id));
  for (const id of missing) warn(`There is no unfinished job ${id} of flow ${asked.flow}.\n`);
  if (action === "list") list(jobs, asked);
  const stopped = action === "list" || (await stopAll(jobs, asked));
  return stopped && missing.length === 0 ? 0 : 1;
}

function targetsOf(host: Host, places: readonly Place[]): Target[] {
  const sites = host.siteNames.map((name) => ({ launcher: host.site(name) }));
  const own = places.map(({ site, connection: at, region, namespace }) => ({
    launcher: at === undefined ? host.site(site) : host.connection(at as Connection),
    region,
    namespace,
  }));
  return [...sites, ...own];
}

/** Jobs of all targets. One that cannot be asked is a warning where another one can. */
async function findJobs(targets: readonly Target[]): Promise<FoundJob[]> {
  const found = await Promise.allSettled(
    targets.map(async (target) => (await listJobs(target)).map((job) => ({ job, ...target }))),
  );
  const failed = found.filter((result) => result.status === "rejected");
  if (failed.length === targets.length) throw failed[0]?.reason;
  const jobs = found.flatMap((result, index) => {
    if (result.status === "fulfilled") return result.value;
    const name = targets[index]?.launcher.site.name ?? "";
    warn(`Site ${name} could not be asked: ${describeError(result.reason)}\n`);
    return [];
  });
  // Two sites may be two names of one cluster.
  const byPlace = new Map(
    jobs.map((one) => [`${one.launcher.transport.address} ${one.job.Namespace} ${one.job.ID}`, one]),
  );
  return [...byPlace.values()];
}

/** Unfinished jobs this project launched, in every namespace the token may see. */
async function listJobs({ launcher, region, namespace: own }: Target): Promise<JobStub[]> {
  const { transport, site } = launcher;
  const ask = (namespace: string) => {
    const query = { namespace, meta: true, ...(region !== undefined && { region }) };
    return transport.request({ method: "GET", path: "/jobs", query }, AbortSignal.timeout(60_000));
  };
  const reply = await ask("*").catch((error: unknown) => {
    const forbidden = error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN";
    if (forbidden) return ask(own ?? site.defaults.namespace);
    throw error;
  });
  const stubs = z.array(jobStub).safeParse(reply.body);
  if (!stubs.success)
    throw new LauncherError("NOMAD_E_API_REPLY", { call: "GET /jobs", problem: z.prettifyError(stubs.error) });
  return stubs.data;
}

function matches(job: JobStub, asked: Query): boolean {
  const meta = job.Meta ?? {};
  if (meta["metaflow.flow_name"] !== asked.flow) return false;
  if (asked.jobIds.length > 0) return asked.jobIds.includes(job.ID);
  if (job.Status === "dead" && !asked.purge) return false;
  const wanted: [string | null | undefined, boolean][] = [
    [asked.runId, meta["metaflow.run_id"] === asked.runId],
    [asked.user, meta["metaflow.user"] === asked.user],
    [asked.prefix, job.ID.startsWith(asked.prefix ?? "")],
  ];
  return wanted.every(([asks, fits]) => asks === null || asks === undefined || fits);
}

function list(jobs: readonly FoundJob[], asked: Query): void {
  if (jobs.length === 0) say(`No unfinished Nomad jobs of flow ${asked.flow}.\n`);
  for (const { job } of jobs) say(`${describe(job)}\n`);
}

function describe({ ID, Status, SubmitTime, Meta }: JobStub): string {
  const meta = Meta ?? {};
  const [run, step, task, attempt] = ["run_id", "step_name", "task_id", "attempt"].map(
    (name) => meta[`metaflow.${name}`] ?? "?",
  );
  const since = SubmitTime > 0 ? `, submitted ${new Date(SubmitTime / 1e6).toISOString()}` : "";
  return `${ID}  ${Status}  ${run}/${step}/${task} attempt ${attempt}, by ${meta["metaflow.user"] ?? "?"}${since}`;
}

/** Whether all of them were stopped. */
async function stopAll(jobs: readonly FoundJob[], asked: Query): Promise<boolean> {
  if (jobs.length === 0) say(`No unfinished Nomad jobs of flow ${asked.flow} to stop.\n`);
  let all = true;
  for (const { job, launcher, region } of jobs) {
    const address = { jobId: job.ID, namespace: job.Namespace, region };
    try {
      await stopJob(launcher.transport, address, AbortSignal.timeout(30_000), asked.purge);
      say(`Stopped ${job.ID}${asked.purge ? " and purged it" : ""}.\n`);
    } catch (error) {
      all = false;
      warn(`Could not stop ${job.ID}: ${describeError(error)}\n`);
    }
  }
  return all;
}
