import { type Figure, figure } from "./figures.ts";
import type { Stage } from "./stage.ts";

/** Wall time of ten empty steps in a row, a job each and on a pool of one, beside Metaflow's own local runtime. */
export async function linear(stage: Stage): Promise<Figure[]> {
  await stage.run("linear_flow.py", ["run", "--with", "nomad"]);
  const each: number[] = [];
  const pooled: number[] = [];
  const local: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    each.push(await stage.run("linear_flow.py", ["run", "--with", "nomad"]));
    pooled.push(await stage.run("linear_flow.py", ["run", "--with", "nomad", "--with", "worker_pool:size=1"]));
    local.push(await stage.run("linear_flow.py", ["run"]));
  }
  const what = "10 empty steps on raw_exec, shared";
  return [
    figure(`${what}, a job each`, "s", median(each), "local runtime", median(local), 2),
    figure(`${what}, on one worker`, "s", median(pooled), "local runtime", median(local), 2),
  ];
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
