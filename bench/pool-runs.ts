import type { FlowRun, Stage } from "./stage.ts";
import { at, endsOf, spanOf } from "./task-times.ts";
import { TreeMeter } from "./tree-meter.ts";

/** Items of a foreach: few, and many. */
export const few = 50;
export const many = 200;

/** Wall and CPU seconds of a foreach's items. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** A measured flow: `between(a, b)` is the cost of the items from the a-th to the b-th that ended; item 0 is the step before. */
export class Measured {
  constructor(
    readonly run: FlowRun,
    private readonly meter: TreeMeter,
  ) {}

  between(first: number, last: number): Cost {
    const ends = endsOf(this.run.output, "work");
    const from = first === 0 ? at(endsOf(this.run.output, "start"), 0) : at(ends, first - 1);
    const to = at(ends, last - 1);
    return { wall: to - from, cpu: this.meter.between(from, to) };
  }
}

/** The flows that the rows about pools compare: each is run once, when the first row asks for it. */
export class PoolRuns {
  constructor(private readonly stage: Stage) {}

  /** On a pool of four: `few` cold ones, and then `many` on warm workers. */
  readonly pooled = once(async () => {
    await this.#measure("pooled_foreach_flow.py", 16, 4);
    return this.#measure("pooled_foreach_flow.py", 16, few + many);
  });

  /** Metaflow's local runtime, 16 workers. */
  readonly local = once(() => this.#measure("foreach_flow.py", 16, few));
  readonly localMany = once(() => this.#measure("foreach_flow.py", 16, many));

  /** Metaflow's local runtime at its best number of workers: wall seconds of `few` items. */
  readonly localBest = once(async () => {
    const walls = [(await this.local()).between(0, few).wall];
    for (const workers of [2, 4])
      walls.push((await this.#measure("foreach_flow.py", workers, few)).between(0, few).wall);
    return Math.min(...walls);
  });

  /** Each item a job of its own. */
  readonly lean = once(async () => {
    await this.#measure("foreach_flow.py", 16, 4, ["--with", "nomad"]);
    return this.#measure("foreach_flow.py", 16, few, ["--with", "nomad"]);
  });

  /** The fork server on this machine, no Nomad. */
  readonly here = once(() => this.#measure("foreach_flow.py", 16, few + many, ["--with", "worker_pool:size=4"]));

  async #measure(flow: string, workers: number, count: number, more: readonly string[] = []): Promise<Measured> {
    const { agent, folder } = this.stage;
    let runtime = 0;
    const isHost = (line: string) => line.includes("metaflow-nomad.mjs host") && line.includes(folder);
    const meter = new TreeMeter((pid, line) => pid === runtime || pid === agent.pid || isHost(line));
    const args = [
      "run",
      "--max-workers",
      String(workers),
      "--max-num-splits",
      "20000",
      "--count",
      String(count),
      ...more,
    ];
    const run = await this.stage.follow(flow, args, (pid) => {
      runtime = pid;
      meter.sample();
    });
    console.log(
      `  ${flow} ${more.join(" ")}: ${String(count)} items, ${String(workers)} workers: ${run.seconds.toFixed(1)} s`,
    );
    console.log(`    the foreach: ${spanOf(run.output, "start", "work", count).toFixed(2)} s`);
    return new Measured(run, meter);
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => (kept ??= make());
}
