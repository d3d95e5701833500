import type { NomadTransport } from "../contracts/transport.js";
import { type JobStub, listEverywhere, listJobs, type WhereToLook } from "../launch/our-jobs.js";
import { requestMark } from "../model/request-mark.js";
import { eachOf } from "./each-of.js";

/** One job of ours and its newest allocation, as a table shows it. */
export interface Row {
  readonly site: string;
  readonly jobId: string;
  readonly namespace: string;
  readonly flow: string;
  readonly run: string;
  readonly step: string;
  readonly task: string;
  readonly attempt: string;
  readonly user: string;
  /** Nomad's word for the allocation's state; `waiting` while the job has none. */
  readonly state: string;
  readonly node: string;
  /** When it was submitted, in milliseconds since the epoch. */
  readonly submittedAt: number;
  /** MHz and MB. */
  readonly asked?: Usage;
  readonly used?: Usage;
  /** Of a worker of a pool: which one, from 1, and how many items it has had, where its node says so. */
  readonly worker?: { readonly number: string; readonly items?: number };
}

export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** What to list. */
export interface Listing extends WhereToLook {
  readonly site: string;
  readonly transport: NomadTransport;
  /** Ended jobs as well, as long as Nomad has them. */
  readonly all: boolean;
}

/** So many figures are asked for at once, and for so long, in ms: of thousands of tasks, a list that comes is worth more than every figure. */
const [askedAtOnce, figuresMs] = [16, 500];

/** Our jobs of a site, oldest first. Three kinds of calls: jobs, allocations, and for each running task its figures. */
export async function readRows(listing: Listing, signal: AbortSignal): Promise<Row[]> {
  const { transport, site, all } = listing;
  const ours = `"${requestMark}" in Meta`;
  const [jobs, newest] = await Promise.all([
    listJobs(all ? ours : `Status != "dead" and ${ours}`, listing, transport, signal),
    newestAllocations(listing, signal),
  ]);
  const rows = jobs.map((job) => toRow(job, newest.get(keyOf(job.Namespace, job.ID)), site));
  const enough = AbortSignal.any([signal, AbortSignal.timeout(figuresMs)]);
  await eachOf(rows, askedAtOnce, async (row, at) => {
    const id = newest.get(keyOf(row.namespace, row.jobId))?.ID;
    if (row.state !== "running" || id === undefined || enough.aborted) return;
    const used = await usageOf(id, listing, enough);
    const items = row.worker === undefined ? undefined : await itemsOf(id, listing, enough);
    const worker = row.worker !== undefined && items !== undefined ? { ...row.worker, items } : row.worker;
    rows[at] = { ...row, ...(used && { used }), ...(worker && { worker }) };
  });
  signal.throwIfAborted();
  return rows.toSorted((a, b) => a.submittedAt - b.submittedAt);
}

interface AllocationStub {
  readonly ID: string;
  readonly JobID: string;
  readonly Namespace?: string;
  readonly NodeName?: string;
  readonly ClientStatus?: string;
  readonly CreateIndex?: number;
  readonly AllocatedResources?: {
    readonly Tasks?: Readonly<
      Record<string, { readonly Cpu?: { CpuShares?: number }; readonly Memory?: { MemoryMB?: number } }>
    >;
  } | null;
}

const keyOf = (namespace = "default", job: string) => `${namespace} ${job}`;

async function newestAllocations({ transport, all, ...where }: Listing, signal: AbortSignal) {
  const running = `ClientStatus == "running" or ClientStatus == "pending" or ClientStatus == "unknown"`;
  const query = { resources: true, task_states: false, ...(!all && { filter: running }) };
  const found = (await listEverywhere("/allocations", query, where, transport, signal)) as readonly AllocationStub[];
  const newest = new Map<string, AllocationStub>();
  for (const allocation of found) {
    const key = keyOf(allocation.Namespace, allocation.JobID);
    if ((newest.get(key)?.CreateIndex ?? -1) < (allocation.CreateIndex ?? 0)) newest.set(key, allocation);
  }
  return newest;
}

function toRow(
  { ID, Namespace = "default", SubmitTime = 0, Status, Meta }: JobStub,
  allocation: AllocationStub | undefined,
  site: string,
): Row {
  const meta = (name: string) => Meta?.[`metaflow.${name}`] ?? "";
  const asked = Object.values(allocation?.AllocatedResources?.Tasks ?? {});
  const sum = (read: (one: (typeof asked)[number]) => number | undefined) =>
    asked.reduce((total, one) => total + (read(one) ?? 0), 0);
  return {
    site,
    jobId: ID,
    namespace: Namespace,
    flow: meta("flow_name"),
    run: meta("run_id"),
    step: meta("step_name"),
    task: meta("task_id"),
    attempt: meta("attempt"),
    user: meta("user"),
    state: allocation?.ClientStatus ?? (Status === "dead" ? "ended" : "waiting"),
    node: allocation?.NodeName ?? "",
    submittedAt: SubmitTime / 1e6,
    ...(meta("worker") !== "" && { worker: { number: meta("worker") } }),
    ...(asked.length > 0 && {
      asked: { cpu: sum(({ Cpu }) => Cpu?.CpuShares), memory: sum(({ Memory }) => Memory?.MemoryMB) },
    }),
  };
}

/** A node that does not answer, or a token that may not ask it, leaves the figure out. */
async function usageOf(id: string, { transport, namespace, region }: Listing, signal: AbortSignal) {
  const call = { method: "GET", path: `/client/allocation/${id}/stats`, query: { namespace, region } } as const;
  const { body } = await transport.request({ ...call, silenceMs: 2_000 }, signal).catch(() => ({ body: undefined }));
  const usage = (body as { ResourceUsage?: StatsUsage } | undefined)?.ResourceUsage;
  const { RSS = 0, Usage: cgroup = 0 } = usage?.MemoryStats ?? {};
  const cpu = usage?.CpuStats?.TotalTicks;
  return cpu === undefined ? undefined : { cpu, memory: Math.max(RSS, cgroup) / 1024 / 1024 };
}

/** What the fork server of a worker has counted (python/…/worker/server.py); left out as figures are. */
async function itemsOf(id: string, { transport, namespace, region }: Listing, signal: AbortSignal) {
  const query = { path: "alloc/pool/served", namespace, region };
  const pieces: Uint8Array[] = [];
  try {
    const call = { method: "GET", path: `/client/fs/cat/${id}`, query, silenceMs: 2_000 } as const;
    for await (const piece of await transport.stream(call, signal)) pieces.push(piece);
  } catch {
    return undefined;
  }
  const count = Number.parseInt(Buffer.concat(pieces).toString("utf8"), 10);
  return Number.isNaN(count) ? 0 : count;
}

interface StatsUsage {
  readonly CpuStats?: { readonly TotalTicks?: number };
  readonly MemoryStats?: { readonly RSS?: number; readonly Usage?: number };
}
