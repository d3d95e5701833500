import { parseArgs } from "node:util";
import { type Fault, faults } from "./faults.js";
import { Lab } from "./lab.js";
import { isClean, type Row, table } from "./report.js";
import { runRow } from "./row.js";
import { runSmallDisk, SmallDisk } from "./small-disk.js";
import { soak } from "./soak.js";

const { values } = parseArgs({
  options: {
    soak: { type: "boolean", default: false },
    tasks: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    only: { type: "string", default: "" },
  },
});

const diskFull = "client's disk full";
const tell = (text: string) => process.stdout.write(`faults  ${text}\n`);
const isWanted = (name: string) => values.only === "" || values.only.split(",").some((part) => name.includes(part));

async function matrix(): Promise<readonly Row[]> {
  const wanted = faults.filter(({ name }) => isWanted(name));
  if (wanted.length === 0 && !isWanted(diskFull))
    throw new Error(`There is no such fault; there are ${[...faults.map(({ name }) => name), diskFull].join(", ")}.`);
  using disk = isWanted(diskFull) ? new SmallDisk() : undefined;
  await using lab = await Lab.open({ isolation: wanted.length > 0, ...(disk && { smallDisk: disk.path }) });
  const rows: Row[] = [];
  const add = (row: Row) => {
    rows.push(row);
    tell(`${row.name}: ${row.right} of ${row.tasks} right, ${row.minutes.toFixed(1)} min`);
  };
  if (disk !== undefined) add(await runSmallDisk(disk, lab));
  for (const fault of wanted)
    add(await runRow(fault, faults.indexOf(fault), lab).catch((error: unknown) => broken(fault, error)));
  return rows;
}

/** A row that could not be brought to its end. */
function broken({ name, real }: Fault, error: unknown): Row {
  const nothing = { tasks: 0, right: 0, expected: 0, seen: 0, left: 0, minutes: 0 };
  return { name, real, ...nothing, wrong: [String(error)] };
}

async function endurance(): Promise<readonly Row[]> {
  tell(`${values.tasks} tasks, --seed=${values.seed}`);
  await using lab = await Lab.open({ isolation: false });
  return [await soak(lab, Number(values.tasks), Number(values.seed), tell)];
}

const rows = values.soak ? await endurance() : await matrix();
process.stdout.write(`\n${table(rows)}\n`);
// A host that a task was given up on would keep the program open.
process.exit(isClean(rows) ? 0 : 1);
