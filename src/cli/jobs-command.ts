import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Host } from "../core/host/host.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { describeError, LauncherError } from "../core/errors/launcher-error.js";
import { stopJob } from "../core/launch/nomad-calls.js";
import { parseProtocol } from "../server/protocol.js";
import { createLogger, openHost } from "./open-host.js";

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

/** A job, and the site it is on. */
interface FoundJob {
  readonly job: JobStub;
  readonly launcher: SiteLauncher;
}

/** `metaflow-nomad jobs list|stop`: jobs of a flow on any configured site, found by the meta the launcher gave them. */
export async function jobsCommand(action: "list" | "stop"): Promise<number> {
  const asked = parseProtocol(query, await text(process.stdin));
  await using host = await openHost({ conf: asked.conf, startDir: asked.flowDir }, createLogger());
  const jobs = (await findJobs(host)).filter(({ job }) => matches(job, asked));
  const missing = asked.jobIds.filter((id) => !jobs.some(({ job }) => job.ID === id));
  for (const id of missing) process.stderr.write(`There is no unfinished job ${id} of flow ${asked.flow}.\n`);
  if (action === "list") list(jobs, asked);
  const stopped = action === "list" || (await stopAll(jobs, asked));
  return stopped && missing.length === 0 ? 0 : 1;
}

/** Jobs of all sites. A site that cannot be asked is an error where it is the only one, and a warning among others. */
async function findJobs(host: Host): Promise<FoundJob[]> {
  const names = host.siteNames;
  const found = await Promise.allSettled(
    names.map(async (name) => {
      const launcher = host.site(name);
      return (await listJobs(launcher)).map((job) => ({ job, launcher }));
    }),
  );
  const jobs = found.flatMap((result, index) => {
    if (result.status === "fulfilled") return result.value;
    if (index === 0) throw result.reason;
    process.stderr.write(`Site ${names[index] ?? ""} could not be asked: ${describeError(result.reason)}\n`);
    return [];
  });
  // Two sites may be two names of one cluster.
  const byPlace = new Map(
    jobs.map((one) => [`${one.launcher.transport.address} ${one.job.Namespace} ${one.job.ID}`, one]),
  );
  return [...byPlace.values()];
}

/** Unfinished jobs this project launched, in every namespace the token may see. */
async function listJobs({ transport, site }: SiteLauncher): Promise<JobStub[]> {
  const ask = (namespace: string) =>
    transport.request({ method: "GET", path: "/jobs", query: { namespace, meta: true } }, AbortSignal.timeout(60_000));
  const reply = await ask("*").catch((error: unknown) => {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return ask(site.defaults.namespace);
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
  if (jobs.length === 0) return void process.stdout.write(`No unfinished Nomad jobs of flow ${asked.flow}.\n`);
  for (const { job } of jobs) process.stdout.write(`${describe(job)}\n`);
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
  if (jobs.length === 0) process.stdout.write(`No unfinished Nomad jobs of flow ${asked.flow} to stop.\n`);
  let all = true;
  for (const { job, launcher } of jobs) {
    const address = { jobId: job.ID, namespace: job.Namespace };
    try {
      await stopJob(launcher.transport, address, AbortSignal.timeout(30_000), asked.purge);
      process.stdout.write(`Stopped ${job.ID}${asked.purge ? " and purged it" : ""}.\n`);
    } catch (error) {
      all = false;
      process.stderr.write(`Could not stop ${job.ID}: ${describeError(error)}\n`);
    }
  }
  return all;
}
