import { z } from "zod";
import type { NomadTransport } from "../contracts/transport.js";
import { parseReply } from "./parse-reply.js";
import { unlessForbidden } from "./unless-forbidden.js";

/** A node, as far as tasks are concerned. */
export interface NodeFacts {
  readonly id: string;
  readonly name: string;
  readonly datacenter: string;
  readonly pool: string;
  /** Ready, not being drained, and open to new tasks. */
  readonly eligible: boolean;
  /** Driver name -> whether it is healthy, and why not. */
  readonly drivers: ReadonlyMap<string, { readonly healthy: boolean; readonly why: string }>;
  /** Host volume name -> whether it is read-only. */
  readonly volumes: ReadonlyMap<string, { readonly path: string; readonly readOnly: boolean }>;
  /** Devices as `vendor/type/model`. */
  readonly devices: readonly string[];
  readonly size: NodeAmounts;
}

/** MHz and MB. */
export interface NodeAmounts {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

const amounts = z.object({
  Cpu: z.object({ CpuShares: z.number().default(0) }).nullish(),
  Memory: z.object({ MemoryMB: z.number().default(0) }).nullish(),
  Disk: z.object({ DiskMB: z.number().default(0) }).nullish(),
  Devices: z.array(z.object({ Vendor: z.string(), Type: z.string(), Name: z.string().default("") })).nullish(),
});
const stub = z.object({
  ID: z.string(),
  Name: z.string(),
  Datacenter: z.string(),
  NodePool: z.string().default("default"),
  Status: z.string(),
  SchedulingEligibility: z.string(),
  Drain: z.boolean().default(false),
  Drivers: z
    .record(
      z.string(),
      z.object({ Detected: z.boolean(), Healthy: z.boolean(), HealthDescription: z.string().default("") }).nullable(),
    )
    .nullish(),
  HostVolumes: z
    .record(z.string(), z.object({ Path: z.string().default(""), ReadOnly: z.boolean().default(false) }).nullable())
    .nullish(),
  NodeResources: amounts.nullish(),
  ReservedResources: amounts.nullish(),
});
type NodeStub = z.infer<typeof stub>;

/**
 * Every node of the region; undefined where the token may not list them (node:read).
 *
 * Source: https://developer.hashicorp.com/nomad/api-docs/nodes#list-nodes; the list has drivers, devices and host
 * volumes since before 1.7.7.
 */
export async function readNodes(
  transport: NomadTransport,
  region: string | undefined,
  signal: AbortSignal,
): Promise<readonly NodeFacts[] | undefined> {
  const call = { method: "GET", path: "/nodes", query: { resources: true, region } } as const;
  const reply = await unlessForbidden(transport.request(call, signal));
  return reply === undefined ? undefined : parseReply(z.array(stub), reply.body, "GET /nodes").map(toFacts);
}

function toFacts(node: NodeStub): NodeFacts {
  const { ID: id, Name: name, Datacenter: datacenter, NodePool: pool } = node;
  const [has, kept] = [sizeOf(node.NodeResources), sizeOf(node.ReservedResources)];
  return {
    ...{ id, name, datacenter, pool },
    eligible: node.Status === "ready" && node.SchedulingEligibility === "eligible" && !node.Drain,
    drivers: present(node.Drivers, (driver) =>
      driver.Detected ? { healthy: driver.Healthy, why: driver.HealthDescription } : undefined,
    ),
    volumes: present(node.HostVolumes, ({ Path: path, ReadOnly: readOnly }) => ({ path, readOnly })),
    devices: (node.NodeResources?.Devices ?? []).map(({ Vendor, Type, Name }) => `${Vendor}/${Type}/${Name}`),
    size: { cpu: has.cpu - kept.cpu, memory: has.memory - kept.memory, disk: has.disk - kept.disk },
  };
}

function sizeOf(found: NodeStub["NodeResources"]): NodeAmounts {
  const { Cpu, Memory, Disk } = found ?? {};
  return { cpu: Cpu?.CpuShares ?? 0, memory: Memory?.MemoryMB ?? 0, disk: Disk?.DiskMB ?? 0 };
}

function present<T, U>(from: Readonly<Record<string, T | null>> | null | undefined, read: (value: T) => U | undefined) {
  const found = new Map<string, U>();
  for (const [name, value] of Object.entries(from ?? {})) {
    const item = value === null ? undefined : read(value);
    if (item !== undefined) found.set(name, item);
  }
  return found;
}
