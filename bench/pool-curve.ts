import { type Figure, figure } from "./figures.ts";
import type { Stage } from "./stage.ts";
import { at, endsOf } from "./task-times.ts";

const items = 100;
/** Items that do nothing, and items that wait for so long, in seconds. */
const kinds = [0, 0.2];
/** Sizes, and which part of one worker's time is wanted of items that wait; what does nothing must not become slower. */
const sizes = [
  [2, 0.65],
  [4, 0.4],
  [8, 0.3],
] as const;

/** How much more workers help: the foreach as a whole, the pool's start included, beside one worker. */
export async function poolCurve(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const seconds of kinds) {
    const alone = await wall(stage, 1, seconds);
    const what = seconds === 0 ? "that do nothing" : `of ${String(seconds)} s`;
    for (const [size, goal] of sizes) {
      const name = `${String(items)} items ${what}, ${String(size)} workers`;
      figures.push(figure(name, "s", await wall(stage, size, seconds), "1 worker", alone, seconds === 0 ? 1 : goal));
    }
  }
  return figures;
}

async function wall(stage: Stage, size: number, seconds: number): Promise<number> {
  const args = ["--max-workers", "16", "--count", String(items), "--size", String(size), "--seconds", String(seconds)];
  const { output } = await stage.follow("pooled_foreach_flow.py", ["run", ...args]);
  return at(endsOf(output, "work"), items - 1) - at(endsOf(output, "start"), 0);
}
