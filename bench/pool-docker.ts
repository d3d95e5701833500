import { readFileSync } from "node:fs";
import { type Figure, figure } from "./figures.ts";
import { Stage } from "./stage.ts";
import { at, endsOf } from "./task-times.ts";

/** So many items have to do for the peer, which takes seconds for each; fewer show whether it works. */
const few = Number(process.env["METAFLOW_NOMAD_BENCH_ITEMS"] ?? 24);
const many = 200;
/** Tasks of which the CPU is measured. */
const some = 6;

const peer = "Metaflow's own remote command line, a job each";

/**
 * A foreach of items that do nothing, on docker and S3: on a pool of four, beside a job each with the command line that
 * Metaflow's `@kubernetes` gives its containers (flows/remote.py).
 */
export async function dockerPool(): Promise<Figure[]> {
  await using stage = await Stage.onDocker();
  const theirs = (await foreach(stage, "remote_foreach_flow.py", few)).wall(few);
  const ours = await foreach(stage, "pooled_foreach_flow.py", many);
  // No goal: the start of the pool, which is the same for any number of items, is most of it.
  console.log(`  the first ${String(few)} of them: ${ours.wall(few).toFixed(1)} s beside ${theirs.toFixed(1)} s`);
  const name = `${String(many)} items, docker and S3, pool of 4, its start included: each`;
  const perItem = `${peer}, ${String(few)} items: each`;
  return [figure(name, "s", ours.wall(many) / many, perItem, theirs / few, 1 / 8)];
}

/** CPU of all that runs in the containers of one task that does nothing, on docker and S3. */
export async function leanCpu(): Promise<Figure[]> {
  await using stage = await Stage.onDocker();
  const theirs = await foreach(stage, "remote_foreach_flow.py", some);
  const ours = await foreach(stage, "nomad_foreach_flow.py", some);
  await stage.keepPackages();
  await foreach(stage, "nomad_foreach_flow.py", 1);
  const kept = await foreach(stage, "nomad_foreach_flow.py", some);
  const beside = (name: string, cpu: number) => figure(name, "s", cpu / some, peer, theirs.cpu / some, 1 / 3);
  const name = "CPU of a task, docker and S3";
  return [beside(name, ours.cpu), beside(`${name}, its package kept by the node`, kept.cpu)];
}

async function foreach(stage: Stage, flow: string, count: number) {
  const before = containerSeconds();
  const args = ["run", "--max-workers", "16", "--max-num-splits", String(count), "--count", String(count)];
  const { output, seconds } = await stage.follow(flow, args);
  console.log(`  ${flow}: ${String(count)} items: ${seconds.toFixed(1)} s`);
  return {
    /** Of the first so many to end, from the end of the step before on, in seconds. */
    wall: (first: number) => at(endsOf(output, "work"), first - 1) - at(endsOf(output, "start"), 0),
    /** In seconds. */
    cpu: containerSeconds() - before,
  };
}

/** Where the kernel sums up the CPU of containers, those that have ended included: control groups of version 1, and 2. */
const sums = [
  { file: "/sys/fs/cgroup/cpuacct/docker/cpuacct.usage", seconds: (text: string) => Number(text) / 1e9 },
  {
    file: "/sys/fs/cgroup/nomad.slice/cpu.stat",
    seconds: (text: string) => Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6,
  },
];

function containerSeconds(): number {
  for (const { file, seconds } of sums) {
    const text = read(file);
    if (text !== undefined) return seconds(text);
  }
  return Number.NaN;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The other version's.
    return undefined;
  }
}
