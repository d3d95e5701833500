import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { describeError } from "../../core/errors/launcher-error.js";
import type { Host } from "../../core/host/host.js";
import { addressOf, stopJob } from "../../core/launch/nomad-calls.js";
import type { LaunchRequest } from "../../core/model/launch-request.js";
import { judge } from "../../core/launch/verdict.js";
import type { Outcome } from "../../core/model/outcome.js";
import { launcherOf } from "../launcher-of.js";
import { connection, launchRequest, parseProtocol } from "../protocol.js";
import type { Item } from "./item.js";
import { BegunItems } from "./begun-items.js";
import { type Refused, WorkerPool } from "./pool.js";

/** `<rundir>/pools/*.json`: one pool. */
export const poolFile = z.object({
  version: z.literal(1),
  step: z.string(),
  size: z.union([z.number().int().positive(), z.literal("auto")]),
  maxItems: z.number().int().positive().optional(),
  idleSeconds: z.number().positive(),
  launch: launchRequest,
  connection: connection.optional(),
});
type PoolFile = z.infer<typeof poolFile>;

/** What the hosts before this one have left. */
interface Earlier {
  readonly begun: ReadonlySet<string>;
  readonly generation: number;
}

/** How long to wait for Nomad to stop what an earlier host left, in milliseconds. */
const patienceMs = 10_000;

/** The pools of one run. What has begun is noted in the run's folder: a host that is started again runs nothing twice. */
export class Pools implements AsyncDisposable {
  readonly #pools = new Map<string, Promise<WorkerPool>>();
  readonly #begun: BegunItems;
  readonly #recovered: Promise<Earlier>;

  constructor(
    private readonly host: Host,
    private readonly folder: string,
  ) {
    this.#begun = new BegunItems(join(folder, "begun"));
    this.#recovered = this.#recover();
    this.#recovered.catch(() => undefined);
  }

  /** Runs one item in the pool of that file. */
  async run(file: string, item: Item): Promise<Outcome | Refused> {
    const { begun } = await this.#recovered;
    if (begun.has(item.name)) return cutOff(item.name);
    const pool = await this.#pool(file);
    return pool.run({ ...item, handedOut: () => this.#begun.add(item.name) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#pools.values());
    const pools = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));
    await this.#begun[Symbol.asyncDispose]();
  }

  #pool(file: string): Promise<WorkerPool> {
    const found = this.#pools.get(file) ?? this.#open(file);
    this.#pools.set(file, found);
    return found;
  }

  async #open(file: string): Promise<WorkerPool> {
    const found = await readPool(file);
    const { size, maxItems = Number.POSITIVE_INFINITY, idleSeconds } = found;
    const keep = (jobId: string) => this.#keep(basename(file), jobId);
    const request = found.launch as LaunchRequest;
    const { generation } = await this.#recovered;
    const launcher = launcherOf(found, this.host);
    return new WorkerPool({ launcher, request, size, maxItems, idleSeconds, generation, keep });
  }

  /** Notes a worker for as long as it lives. */
  async #keep(pool: string, jobId: string): Promise<AsyncDisposable> {
    const note = join(this.folder, `${jobId}.worker`);
    await writeFile(note, pool);
    return { [Symbol.asyncDispose]: () => rm(note, { force: true }) };
  }

  /** Stops the workers of an earlier host, and finds the items that were with them. */
  async #recover(): Promise<Earlier> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.folder);
    const hosts = names.filter((name) => name.endsWith(".host")).length + 1;
    await writeFile(join(this.folder, `${hosts}.host`), "");
    for (const name of names.filter((one) => one.endsWith(".worker"))) {
      const note = join(this.folder, name);
      await this.#stop(basename(name, ".worker"), await readFile(note, "utf8"));
      await rm(note, { force: true });
    }
    return { begun: await this.#begun.read(), generation: hosts };
  }

  async #stop(jobId: string, pool: string): Promise<void> {
    const found = await readPool(join(this.folder, pool));
    const launcher = launcherOf(found, this.host);
    const { job } = launcher.compose({ ...(found.launch as LaunchRequest), jobId });
    const signal = AbortSignal.timeout(patienceMs);
    await stopJob(launcher.transport, addressOf(job), signal).catch((error: unknown) =>
      launcher.logger.warn({ job: jobId, error: describeError(error) }, "a worker left behind could not be stopped"),
    );
  }
}

/** The folder of the pools of a run; each pool's file lies in it. */
export const poolsOf = (rundir: string): string => join(rundir, "pools");

async function readPool(file: string): Promise<PoolFile> {
  return parseProtocol(poolFile, await readFile(file, "utf8"));
}

const cutOff = (name: string): Outcome => judge({ worker: "cut-off" }, name);
