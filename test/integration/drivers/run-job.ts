import { setTimeout as sleep } from "node:timers/promises";
import type { Allocation, TaskEvent } from "../../../src/core/model/allocation.js";
import type { Job } from "../../../src/core/model/job.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { Site } from "../../../src/core/model/site.js";
import { request } from "../../support/builders.js";
import type { Agent } from "../../support/cluster/index.mjs";
import { composeJob } from "../../support/compose.js";
import { pastCollector } from "../../support/past-collector.js";

/** How a job of drivers and features alone, without the launcher, went on a real agent. */
export interface Ran {
  readonly job: Job;
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly TaskEvent[];
  /** Everything Nomad said of the task, for messages. */
  readonly why: string;
  readonly allocation: Allocation & { readonly AllocatedResources?: unknown };
}

let count = 0;

/** Composes a job as the pipeline does. */
export function compose(asked: Partial<LaunchRequest>, siteOver: Partial<Site> = {}): Job {
  count += 1;
  const full = request({ jobId: `drivers-${process.pid}-${count}`, resources: { cpu: 50, memory: 128 }, ...asked });
  return composeJob(full, siteOver);
}

/** Runs a job to its end. */
export async function runJob(agent: Agent, asked: Partial<LaunchRequest>, siteOver: Partial<Site> = {}): Promise<Ran> {
  const job = compose(pastCollector(asked), siteOver);
  await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
  const path = `/v1/job/${encodeURIComponent(job.ID)}`;
  const allocation = await ended(agent, path, job.ID);
  const log = async (type: string) =>
    (await agent.request(`/v1/client/fs/logs/${allocation.ID}`, { query: { task: "main", type, plain: true } })).text;
  const events = allocation.TaskStates?.["main"]?.Events ?? [];
  const why = events.map(({ Type, DisplayMessage }) => `${Type}: ${DisplayMessage ?? ""}`).join("\n");
  const ran = { job, status: allocation.ClientStatus, allocation, events, why };
  return { ...ran, stdout: await settled(log, "stdout"), stderr: await settled(log, "stderr") };
}

async function ended(agent: Agent, path: string, id: string): Promise<Allocation> {
  for (let tries = 0; tries < 300; tries += 1) {
    const [first] = (await agent.api(`${path}/allocations`)) as { ID: string; ClientStatus: string }[];
    if (first !== undefined && ["complete", "failed", "lost"].includes(first.ClientStatus)) {
      return (await agent.api(`/v1/allocation/${first.ID}`)) as Allocation;
    }
    await sleep(100);
  }
  const evaluations = (await agent.api(`${path}/evaluations`)) as { FailedTGAllocs?: unknown }[];
  throw new Error(`${id} did not end: ${JSON.stringify(evaluations.map(({ FailedTGAllocs }) => FailedTGAllocs))}`);
}

/** A docker task's last lines arrive after its end. */
async function settled(read: (type: string) => Promise<string>, type: string): Promise<string> {
  let before = await read(type);
  for (let same = 0; same < 3;) {
    await sleep(100);
    const now = await read(type);
    same = now === before ? same + 1 : 0;
    before = now;
  }
  return before;
}
