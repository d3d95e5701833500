import { type Figure, figure } from "./figures.ts";
import type { Stage } from "./stage.ts";

/** Wall time of ten empty steps in a row, beside Metaflow's own local runtime. */
export async function linear(stage: Stage): Promise<Figure[]> {
  await stage.run("linear_flow.py", ["run", "--with", "nomad"]);
  const ours: number[] = [];
  const local: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    ours.push(await stage.run("linear_flow.py", ["run", "--with", "nomad"]));
    local.push(await stage.run("linear_flow.py", ["run"]));
  }
  return [figure("10 empty steps on raw_exec, shared", "s", median(ours), "local runtime", median(local), 2)];
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
