import { z } from "zod";
import type { NomadTransport } from "../contracts/transport.js";
import { parseReply } from "./parse-reply.js";
import { unlessForbidden } from "./unless-forbidden.js";
import type { NodeAmounts, NodeFacts } from "./read-nodes.js";

const task = z.object({
  Cpu: z.object({ CpuShares: z.number().default(0) }).nullish(),
  Memory: z.object({ MemoryMB: z.number().default(0) }).nullish(),
});
const allocation = z.object({
  NodeID: z.string(),
  ClientStatus: z.string(),
  AllocatedResources: z
    .object({
      Tasks: z.record(z.string(), task.nullable()).nullish(),
      Shared: z.object({ DiskMB: z.number().default(0) }).nullish(),
    })
    .nullish(),
});
type Allocated = z.infer<typeof allocation>;

/**
 * What each node has left, as far as the token sees: tasks of namespaces it may not read are not counted.
 *
 * Source: https://developer.hashicorp.com/nomad/api-docs/allocations#list-allocations
 */
export async function readFree(
  transport: NomadTransport,
  nodes: readonly NodeFacts[],
  region: string | undefined,
  signal: AbortSignal,
): Promise<readonly NodeAmounts[] | undefined> {
  const query = { namespace: "*", resources: true, region };
  const reply = await unlessForbidden(transport.request({ method: "GET", path: "/allocations", query }, signal));
  if (reply === undefined) return undefined;
  const taken = parseReply(z.array(allocation), reply.body ?? [], "GET /allocations").filter(
    ({ ClientStatus }) => ClientStatus === "running" || ClientStatus === "pending",
  );
  return nodes.map(({ id, size }) => taken.filter(({ NodeID }) => NodeID === id).reduce(less, size));
}

function less(left: NodeAmounts, { AllocatedResources }: Allocated): NodeAmounts {
  const tasks = Object.values(AllocatedResources?.Tasks ?? {});
  const sum = (amount: (one: z.infer<typeof task>) => number) =>
    tasks.reduce((total, one) => total + (one === null ? 0 : amount(one)), 0);
  return {
    cpu: left.cpu - sum(({ Cpu }) => Cpu?.CpuShares ?? 0),
    memory: left.memory - sum(({ Memory }) => Memory?.MemoryMB ?? 0),
    disk: left.disk - (AllocatedResources?.Shared?.DiskMB ?? 0),
  };
}
