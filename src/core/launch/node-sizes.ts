import type { Clock } from "../contracts/clock.js";
import type { NomadTransport } from "../contracts/transport.js";

/** The most that any one node has for tasks, and what volumes there are. */
export interface NodeSize {
  readonly memoryMb: number;
  readonly cpuMhz: number;
  readonly diskMb: number;
  /** Host volumes that any node has, by name. */
  readonly hostVolumes: readonly string[];
}

interface NodeResources {
  readonly Cpu?: { readonly CpuShares?: number } | null;
  readonly Memory?: { readonly MemoryMB?: number } | null;
  readonly Disk?: { readonly DiskMB?: number } | null;
}
interface NodeStub {
  readonly NodeResources?: NodeResources | null;
  readonly ReservedResources?: NodeResources | null;
  readonly HostVolumes?: Readonly<Record<string, unknown>> | null;
}

/** How long an answer is good for, in milliseconds: many tasks of a run ask at the same time. */
const validMs = 60_000;

/** How large the nodes of a site are: tells a full cluster from one where a task could never run. */
export class NodeSizes {
  readonly #known = new Map<
    string | undefined,
    { readonly at: number; readonly size: Promise<NodeSize | undefined> }
  >();

  constructor(
    private readonly transport: NomadTransport,
    private readonly clock: Clock,
  ) {}

  /** Per dimension, the largest node's; undefined where the token may not list nodes (node:read). */
  largest(region: string | undefined): Promise<NodeSize | undefined> {
    const known = this.#known.get(region);
    if (known !== undefined && this.clock.now() - known.at < validMs) return known.size;
    // It only makes a message better: whatever goes wrong here is no reason to end a launch.
    const size = this.#ask(region).catch(() => undefined);
    this.#known.set(region, { at: this.clock.now(), size });
    return size;
  }

  /** Source: https://developer.hashicorp.com/nomad/api-docs/nodes#list-nodes */
  async #ask(region: string | undefined): Promise<NodeSize | undefined> {
    const query = { resources: true, region };
    const { body } = await this.transport.request(
      { method: "GET", path: "/nodes", query },
      AbortSignal.timeout(10_000),
    );
    if (!Array.isArray(body) || body.length === 0) return undefined;
    const nodes = body as readonly NodeStub[];
    return {
      memoryMb: most(nodes, (has) => has?.Memory?.MemoryMB),
      cpuMhz: most(nodes, (has) => has?.Cpu?.CpuShares),
      diskMb: most(nodes, (has) => has?.Disk?.DiskMB),
      hostVolumes: [...new Set(nodes.flatMap(({ HostVolumes }) => Object.keys(HostVolumes ?? {})))].sort(),
    };
  }
}

function most(nodes: readonly NodeStub[], amount: (resources: NodeResources | null | undefined) => number | undefined) {
  const free = nodes.map(
    ({ NodeResources: all, ReservedResources: reserved }) => (amount(all) ?? 0) - (amount(reserved) ?? 0),
  );
  return Math.max(0, ...free);
}
