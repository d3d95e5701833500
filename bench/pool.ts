import { type Figure, figure } from "./figures.ts";
import type { Stage } from "./stage.ts";

const few = 50;
const more = 250;
const workers = ["--max-workers", "16", "--max-num-splits", "500"];

/** A foreach of items that do nothing: each a job, or on a pool of four; beside Metaflow's local runtime, at 16 workers. */
export async function pool(stage: Stage): Promise<Figure[]> {
  const run = (flow: string, count: number) => stage.run(flow, ["run", ...workers, "--count", String(count)]);
  // The first of each finds nothing compiled, and nobody measures that.
  await run("pooled_foreach_flow.py", 4);
  await run("foreach_flow.py", 4);
  const pooled = { few: await run("pooled_foreach_flow.py", few), more: await run("pooled_foreach_flow.py", more) };
  const local = { few: await run("foreach_flow.py", few), more: await run("foreach_flow.py", more) };
  const beside = "local runtime, 16 workers";
  const warm = (wall: { few: number; more: number }) => wall.more - wall.few;
  return [
    figure(`${few} items, pool of 4, its start included`, "s", pooled.few, beside, local.few, 0.25),
    figure(`${more - few} items more, pool warm`, "s", warm(pooled), beside, warm(local), 0.1),
  ];
}
