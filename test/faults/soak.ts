import type { OutcomeCause } from "../../src/core/model/outcome.js";
import { type Behaviour, behaviours, type DriverName } from "./behaviours.js";
import { type Fault, faults } from "./faults.js";
import { type Lab, watchers } from "./lab.js";
import type { Row } from "./report.js";
import { leftOver } from "./row.js";
import { Task } from "./task.js";

/** Tasks under way at a time. */
const crowd = 40;
/** Faults that leave every verdict as it is. What kills a node's agent ends the mock driver's lines. */
const weather = faults.filter(
  ({ behaviours: own, drivers, shut }) => own === undefined && drivers === undefined && shut !== true,
);

/** A generator of chances that begins anew with the same seed (mulberry32). */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A short task that ends by itself; and now and then one that is ended. */
function shortOne(chance: () => number): { readonly driver: DriverName; readonly behaviour: Behaviour } {
  const driver = chance() < 0.8 ? "mock_driver" : "raw_exec";
  if (chance() < 0.15) {
    const ended = behaviours.filter(({ endedBy }) => endedBy !== undefined);
    return { driver, behaviour: ended[Math.floor(chance() * ended.length)] as Behaviour };
  }
  const code = chance() < 0.3 ? 7 : 0;
  const expects: OutcomeCause[] = [code === 0 ? "succeeded" : "exit-code"];
  const seconds = (0.2 + 3 * chance()).toFixed(1);
  const resources = { cpu: 20, memory: 32, disk: 10 };
  const asked = () =>
    driver === "mock_driver"
      ? {
          driver,
          argv: ["mock"],
          resources,
          driverConfig: { run_for: `${seconds}s`, exit_code: code, stdout_string: "line\n" },
        }
      : { driver, argv: ["sh", "-c", `echo 'line 1'; sleep ${seconds}; exit ${code}`], resources };
  return { driver, behaviour: { name: "is short", drivers: [driver], expects, asked } };
}

/**
 * Thousands of short tasks, and one fault after the other by chance. What Nomad is told to forget in the moment it ends, nobody
 * can read: such a task is counted apart, if Nomad has forgotten it and the launcher said that something is missing.
 */
export async function soak(lab: Lab, size: number, seed: number, tell: (text: string) => void): Promise<Row> {
  const since = performance.now();
  const over = new AbortController();
  const storm = stormOn(lab, chances(seed + 1), over.signal, tell);
  const chance = chances(seed);
  const wrong: string[] = [];
  const lines = { expected: 0, seen: 0 };
  let [begun, done, collected] = [0, 0, 0];
  const worker = async () => {
    while (begun < size) {
      begun += 1;
      const watch = watchers[begun % watchers.length] ?? "poll";
      const problem = await one(lab, watch, shortOne(chance), lines);
      if (problem === "collected") collected += 1;
      else if (problem !== undefined) wrong.push(problem);
      done += 1;
      if (done % 200 === 0) tell(`${done} of ${size} tasks, ${wrong.length} wrong`);
    }
  };
  await Promise.all(Array.from({ length: crowd }, worker));
  over.abort();
  const befell = await storm;
  const left = await leftOver(lab);
  if (collected > 0)
    tell(`${collected} tasks were collected by \`nomad system gc\` before they were read, and said so`);
  return {
    name: `soak, ${befell} faults`,
    real: true,
    tasks: size,
    right: size - wrong.filter((text) => !text.includes(" lines")).length,
    ...lines,
    left: left.length,
    minutes: (performance.now() - since) / 60_000,
    wrong: [...wrong, ...left.map((id) => `${id} is left`)],
  };
}

async function one(
  lab: Lab,
  watch: (typeof watchers)[number],
  { driver, behaviour }: ReturnType<typeof shortOne>,
  lines: { expected: number; seen: number },
): Promise<string | undefined> {
  const task = new Task(lab, watch, driver, behaviour);
  await task.begun;
  await task.disturb();
  const problem = await task.wrong(180_000);
  const short = behaviour.name === "is short" && task.lines.seen < 1;
  if ((problem !== undefined || short) && (await task.wasCollected())) return "collected";
  if (problem !== undefined) return problem;
  const expected = behaviour.name === "is short" ? 1 : task.lines.expected;
  lines.expected += expected;
  lines.seen += task.lines.seen;
  return task.lines.seen === expected
    ? undefined
    : `${task.jobId} (${driver}, ${watch}): ${task.lines.seen} of ${expected} lines`;
}

async function stormOn(
  lab: Lab,
  chance: () => number,
  over: AbortSignal,
  tell: (text: string) => void,
): Promise<number> {
  const since = performance.now();
  let befell = 0;
  while (!over.aborted) {
    await lab.pause(3_000 + 8_000 * chance());
    if (over.aborted) break;
    const fault = weather[Math.floor(chance() * weather.length)] as Fault;
    tell(`${fault.name} (${((performance.now() - since) / 1_000).toFixed(0)} s)`);
    await fault.begin(lab);
    await lab.pause(fault.seconds * 500);
    await fault.heal(lab);
    befell += 1;
  }
  return befell;
}
