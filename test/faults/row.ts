import { type Behaviour, type DriverName, drivers, short } from "./behaviours.js";
import { behavioursOf, type Fault, tidy } from "./faults.js";
import { type Lab, type WatcherName, watchers } from "./lab.js";
import type { Row } from "./report.js";
import { Task } from "./task.js";

/** How long a task may take to end after the fault is healed, in milliseconds. */
const patienceMs = 120_000;
/** Within what time the last job must be gone once all tasks have ended, in milliseconds. */
const goneMs = 10_000;

/** What one task of the matrix is. */
export interface Cell {
  readonly watch: WatcherName;
  readonly driver: DriverName;
  readonly behaviour: Behaviour;
}

/** The tasks of a fault: with each way of watching every second pair of driver and behaviour, the other half with the next. */
export function cellsOf(fault: Fault, at: number): readonly Cell[] {
  const all = behavioursOf(fault);
  const step = all.length > 1 ? 2 : 1;
  return watchers.flatMap((watch, w) =>
    (fault.drivers ?? drivers).flatMap((driver, d) =>
      all
        .filter((behaviour, b) => behaviour.drivers.includes(driver) && (w + d + b + at) % step === 0)
        .map((behaviour) => ({ watch, driver, behaviour })),
    ),
  );
}

/** Runs the tasks of one fault, lets it befall them, and counts. */
export async function runRow(fault: Fault, at: number, lab: Lab): Promise<Row> {
  const since = performance.now();
  const tasks = cellsOf(fault, at).map(({ watch, driver, behaviour }) => new Task(lab, watch, driver, behaviour));
  await Promise.all(tasks.map(({ begun }) => begun));
  await fault.begin(lab);
  if (fault.behaviours === undefined && fault.shut !== true)
    for (const watch of watchers) tasks.push(new Task(lab, watch, "raw_exec", short));
  const disturbed = Promise.all(tasks.map((task) => task.disturb()));
  await lab.pause(fault.seconds * 1_000);
  await fault.heal(lab);
  await disturbed;
  return count(fault, tasks, lab, since);
}

async function count(fault: Fault, all: readonly Task[], lab: Lab, since: number): Promise<Row> {
  const ended = await Promise.all(
    all.map(async (task) => ({ task, problem: await task.wrong(patienceMs), gone: await isGone(task, fault) })),
  );
  const tasks = ended.flatMap(({ task, gone }) => (gone ? [] : [task]));
  const ends = ended.flatMap(({ problem, gone }) => (gone ? [] : [problem]));
  const misjudged = ends.filter((end) => end !== undefined);
  const right = tasks.filter((_, n) => ends[n] === undefined);
  const lost = right.flatMap(({ jobId, driver, watch, lines: { expected, seen } }) =>
    expected === seen ? [] : [`${jobId} (${driver}, ${watch}): ${seen} of ${expected} lines`],
  );
  await tidy(fault, lab);
  const left = await leftOver(lab);
  const sum = (key: "expected" | "seen") => right.reduce((all, { lines }) => all + lines[key], 0);
  return {
    name: fault.name,
    real: fault.real,
    tasks: tasks.length,
    right: right.length,
    expected: sum("expected"),
    seen: sum("seen"),
    left: left.length,
    minutes: (performance.now() - since) / 60_000,
    wrong: [...misjudged, ...lost, ...left.map((id) => `${id} is left`)],
  };
}

/** Whether it was told that the job had been collected before its end was read, and that is so. */
const isGone = (task: Task, { collects = false }: Fault) => (collects ? task.wasCollected() : false);

/** Jobs that are still there some time after all tasks have ended. */
export async function leftOver(lab: Lab): Promise<readonly string[]> {
  const until = performance.now() + goneMs;
  for (;;) {
    const left = await lab.jobsLeft();
    if (left.length === 0 || performance.now() > until) return left;
    await lab.pause(500);
  }
}
