import { clusterStatus } from "../client/jobs/cluster-status.js";
import type { AllocationListStub, NodeListStub } from "../client/types/nomad.js";
import { layOut } from "../core/listing/lay-out.js";
import { plainText } from "../core/errors/plain-text.js";
import { say } from "./say.js";
import { type PlaceOptions, withClients } from "./with-client.js";

type Options = PlaceOptions & { readonly json?: boolean };

/** `metaflow-nomad cluster`: how many of everything. */
export function clusterCommand(options: Options): Promise<number> {
  return withClients(options, async ({ nomad, signal }) => {
    const status = await clusterStatus(nomad, { signal });
    if (options.json === true) process.stdout.write(`${JSON.stringify(status)}\n`);
    else
      for (const [what, states] of Object.entries(status)) {
        const counts = Object.entries(states as Record<string, number>).map(
          ([state, count]) => `${String(count)} ${state}`,
        );
        say(`${what.padEnd(12)} ${counts.join(", ")}\n`);
      }
    return 0;
  });
}

/** `metaflow-nomad nodes`: each node, and how much of it is asked for. */
export function nodesCommand(options: Options): Promise<number> {
  return withClients(options, async ({ nomad, signal }) => {
    const [nodes, allocations] = await Promise.all([
      nomad.nodes.list({ signal, resources: true }),
      nomad.allocations.list({
        signal,
        namespace: "*",
        resources: true,
        taskStates: false,
        filter: 'ClientStatus == "running" or ClientStatus == "pending"',
      }),
    ]);
    const byNode = Map.groupBy(allocations, ({ NodeID }) => NodeID);
    const rows = nodes.map((node) => rowOf(node, byNode.get(node.ID) ?? []));
    if (options.json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
    else for (const line of linesOf(rows)) say(`${line}\n`);
    return 0;
  });
}

type NodeRow = ReturnType<typeof rowOf>;

/** A node, with what is on it. */
function rowOf(node: NodeListStub, allocations: readonly AllocationListStub[]) {
  const tasks = allocations.flatMap(({ AllocatedResources }) => Object.values(AllocatedResources?.Tasks ?? {}));
  const healthy = Object.entries(node.Drivers ?? {}).filter(([, { Healthy }]) => Healthy);
  return {
    id: node.ID,
    name: node.Name,
    datacenter: node.Datacenter,
    pool: node.NodePool,
    state: node.Drain ? "draining" : node.SchedulingEligibility === "ineligible" ? "ineligible" : node.Status,
    cpu: { asked: sum(tasks.map((task) => task.Cpu.CpuShares)), has: node.NodeResources?.Cpu.CpuShares ?? 0 },
    memory: { asked: sum(tasks.map((task) => task.Memory.MemoryMB)), has: node.NodeResources?.Memory.MemoryMB ?? 0 },
    allocations: allocations.length,
    drivers: healthy.map(([name]) => name).sort(),
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function linesOf(rows: readonly NodeRow[]): string[] {
  const head = ["NODE", "STATE", "ALLOCS", "CPU MHZ", "MEMORY MB", "POOL", "DATACENTER", "DRIVERS"];
  const of = ({ asked, has }: { asked: number; has: number }) => `${String(asked)}/${String(has)}`;
  const cells = rows.map((row) =>
    [
      row.name,
      row.state,
      String(row.allocations),
      of(row.cpu),
      of(row.memory),
      row.pool,
      row.datacenter,
      row.drivers.join(" "),
    ].map(plainText),
  );
  return layOut([head, ...cells], {
    right: [2, 3, 4],
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
  });
}
