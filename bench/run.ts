import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Figure, table } from "./figures.ts";
import { linear } from "./linear.ts";
import { Stage } from "./stage.ts";
import { submittingSide } from "./submitting-side.ts";

const benches: Record<string, (stage: Stage) => Promise<Figure[]>> = { linear, "submitting-side": submittingSide };

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : Object.keys(benches);
const figures: Figure[] = [];
await using stage = await Stage.open();
for (const name of names) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
  console.log(`bench  ${name}: running`);
  const found = await bench(stage);
  console.log(table(found));
  figures.push(...found);
}
await writeFile(join(import.meta.dirname, "results.json"), `${JSON.stringify(figures, null, 2)}\n`);
// Missed by a factor of two is a defect; missed by less may be a busy machine.
process.exitCode = figures.some(({ ratio, goal }) => ratio > 2 * goal) ? 1 : 0;
