import type { Clock } from "../../src/core/contracts/clock.js";
import { Host } from "../../src/core/host/host.js";
import { systemClock } from "../../src/core/host/system-clock.js";
import { builtinPlugins } from "../../src/index.js";
import { site } from "../support/builders.js";
import { type Cluster, startCluster } from "../support/cluster/index.mjs";
import { type Fault as NetworkFault, FaultProxy } from "../support/fault-proxy.js";
import { mockDriverPlugin } from "../support/mock-driver.js";
import { cutOffGroup, PacketFilter } from "./packet-filter.js";
import { silentLogger } from "../support/silent-logger.js";

export const watchers = ["event-stream", "blocking", "poll"] as const;
export type WatcherName = (typeof watchers)[number];

/** The machine's clock, as it is when somebody sets it. */
class SettableClock implements Clock {
  offsetMs = 0;
  now(): number {
    return systemClock.now() + this.offsetMs;
  }
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
  random(): number {
    return systemClock.random();
  }
}

/** What one machine of the lab is made for, besides the usual. */
export interface LabOptions {
  /** Whether docker and exec are wanted. */
  readonly isolation: boolean;
  /** Where the third client keeps its allocations; none without. */
  readonly smallDisk?: string;
}

/** A cluster, a network that can be made bad before it, and a launch host for each way of watching. */
export class Lab implements AsyncDisposable {
  readonly clock = new SettableClock();
  readonly hosts = new Map<WatcherName, Host>();
  /** Between the clients and everybody else. */
  readonly filter = new PacketFilter();

  private constructor(
    readonly cluster: Cluster,
    readonly proxies: readonly FaultProxy[],
  ) {}

  static async open({ isolation, smallDisk }: LabOptions): Promise<Lab> {
    const common = { gid: cutOffGroup, docker: isolation, exec: isolation, meta: { role: "usual" } };
    const third = { client: { alloc_dir: smallDisk }, meta: { role: "small" } };
    const clientOptions = [common, common, ...(smallDisk === undefined ? [] : [third])];
    const cluster = await startCluster({ quiet: true, clients: clientOptions.length, clientOptions });
    const proxies = await Promise.all(cluster.servers.map(({ httpPort }) => FaultProxy.to(httpPort)));
    const lab = new Lab(cluster, proxies);
    for (const watch of watchers) lab.hosts.set(watch, lab.#host(watch));
    return lab;
  }

  host(watch: WatcherName): Host {
    return this.hosts.get(watch) ?? this.#host(watch);
  }

  /** Makes the network between the hosts and every server bad. */
  network(fault: NetworkFault | undefined): void {
    for (const proxy of this.proxies) {
      if (fault === undefined) proxy.heal();
      else proxy.begin(fault);
    }
  }

  /** The server that a host talks to. */
  serverOf(watch: WatcherName): string {
    const at = this.proxies.findIndex(({ address }) => address === this.host(watch).site().transport.address);
    return `server-${Math.max(at, 0) + 1}`;
  }

  /** The server's own answer, past the bad network; asked again while no server leads. */
  async ask(path: string, method = "GET", body?: unknown): Promise<unknown> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.cluster.api(path, { method, ...(body !== undefined && { body }) });
      } catch (error) {
        if (tries >= 60) throw error;
        await this.pause(500);
      }
    }
  }

  /** Whether Nomad has a job of this ID, over or not. */
  async knows(jobId: string): Promise<boolean> {
    const jobs = (await this.ask(`/v1/jobs?prefix=${jobId}`)) as { readonly ID: string }[];
    return jobs.some(({ ID }) => ID === jobId);
  }

  /** IDs of the jobs that are not over. */
  async jobsLeft(): Promise<readonly string[]> {
    const jobs = (await this.ask("/v1/jobs")) as {
      readonly ID: string;
      readonly Status: string;
      readonly Stop: boolean;
    }[];
    const left: string[] = [];
    for (const { ID, Status, Stop } of jobs)
      if (Status !== "dead" && !Stop && !(await this.#hasEnded(ID))) left.push(`${ID} (${Status})`);
    return left;
  }

  /** Nomad calls a job pending as long as it has an evaluation to look at, also one whose task has ended. */
  async #hasEnded(jobId: string): Promise<boolean> {
    const path = `/v1/job/${jobId}/allocations`;
    const allocations = (await this.ask(path)) as { readonly ClientStatus: string }[];
    const isOver = ({ ClientStatus }: (typeof allocations)[number]) => /complete|failed|lost/.test(ClientStatus);
    return allocations.length > 0 && allocations.every(isOver);
  }

  pause(ms: number): Promise<void> {
    return systemClock.sleep(ms, AbortSignal.any([]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.network(undefined);
    this.filter.heal();
    for (const host of this.hosts.values()) await host[Symbol.asyncDispose]();
    for (const proxy of this.proxies) await proxy[Symbol.asyncDispose]();
    await this.cluster.stop();
  }

  #host(watch: WatcherName): Host {
    const [address = "", ...fallbackAddresses] = this.proxies.map((proxy) => proxy.address);
    const sites = { lab: site({ address, fallbackAddresses, watch, lostAfterSeconds: 5 }) };
    const plugins = [...builtinPlugins, mockDriverPlugin];
    return new Host({ sites, defaultSite: "lab", plugins, clock: this.clock, logger: silentLogger });
  }
}
