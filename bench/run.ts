import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crowd } from "./crowd.ts";
import { type Figure, table } from "./figures.ts";
import { linear } from "./linear.ts";
import { logs } from "./logs.ts";
import { poolCurve } from "./pool-curve.ts";
import { dockerPool, leanCpu } from "./pool-docker.ts";
import { longPool } from "./pool-long.ts";
import { poolRows } from "./pool.ts";
import { notice } from "./notice.ts";
import { register } from "./register.ts";
import { requests } from "./requests.ts";
import { Stage } from "./stage.ts";
import { start } from "./start.ts";
import { submittingSide } from "./submitting-side.ts";

await using stage = await Stage.open();
/** A bench of whole flows. */
const flows = (bench: (stage: Stage) => Promise<Figure[]>) => () => bench(stage);
const benches: Record<string, () => Promise<Figure[]>> = {
  linear: flows(linear),
  ...poolRows(() => Promise.resolve(stage)),
  "pool-docker-s3": dockerPool,
  "pool-lean-cpu": leanCpu,
  "pool-curve": flows(poolCurve),
  "pool-10000": flows(longPool),
  "submitting-side": flows(submittingSide),
  register,
  notice,
  requests,
  logs,
  start,
  crowd,
};

/** Names that stand for several. */
const groups: Record<string, readonly string[]> = {
  pool: [...Object.keys(benches).filter((name) => name.startsWith("pool-")), "linear"],
};

const wanted = process.argv.slice(2).flatMap((name) => groups[name] ?? [name]);
const names = wanted.length > 0 ? wanted : Object.keys(benches);
const figures: Figure[] = [];
for (const name of names) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
  console.log(`bench  ${name}: running`);
  const found = await bench();
  console.log(table(found));
  figures.push(...found);
}
await writeFile(join(import.meta.dirname, "results.json"), `${JSON.stringify(figures, null, 2)}\n`);
// Missed by a factor of two is a defect; missed by less may be a busy machine.
process.exitCode = figures.some(({ ratio, goal }) => ratio > 2 * goal) ? 1 : 0;
