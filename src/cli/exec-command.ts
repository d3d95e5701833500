import { z } from "zod";
import { canExec } from "../core/contracts/task-exec.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { mainTask } from "../core/launch/request-to-draft.js";
import { openHostHere } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

const stubs = z.array(z.object({ ID: z.string(), ClientStatus: z.string(), CreateIndex: z.number() }));

/** `metaflow-nomad exec JOB -- COMMAND…`: a command inside a job's running task; its output, and its exit code. */
export async function execCommand(
  job: string,
  command: readonly string[],
  options: { readonly site?: string; readonly namespace?: string },
): Promise<number> {
  const signal = untilInterrupted();
  await using host = await openHostHere();
  const launcher = host.site(options.site);
  const { transport, site } = launcher;
  if (!canExec(transport))
    throw refuse("transport", `${site.transport} cannot run commands inside tasks`, "Use the http transport.");
  const namespace = options.namespace ?? site.defaults.namespace;
  const allocationId = await runningAllocation(job, namespace, launcher, signal);
  const call = {
    allocationId,
    task: mainTask,
    command,
    namespace,
    ...(site.region !== undefined && { region: site.region }),
  };
  const input = process.stdin.isTTY ? {} : { input: process.stdin };
  return await transport.exec(call, { ...input, output: (stream, bytes) => process[stream].write(bytes) }, signal);
}

async function runningAllocation(job: string, namespace: string, { transport }: SiteLauncher, signal: AbortSignal) {
  const call = { method: "GET", path: `/job/${encodeURIComponent(job)}/allocations`, query: { namespace } } as const;
  const found = stubs.safeParse((await transport.request(call, signal)).body);
  const running = found.success ? found.data.filter(({ ClientStatus }) => ClientStatus === "running") : [];
  const newest = running.sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
  if (newest !== undefined) return newest.ID;
  throw refuse("job", `${job} has no running task in namespace ${namespace}`, "`nomad job status` shows what runs.");
}

function refuse(field: string, problem: string, cure: string): LauncherError {
  return new LauncherError("NOMAD_E_REQUEST_INVALID", { field, problem, cure });
}
