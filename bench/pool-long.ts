import { readdirSync, readFileSync } from "node:fs";
import { type Figure, figure } from "./figures.ts";
import { pssMb } from "./processes.ts";
import type { Stage } from "./stage.ts";
import { at, endsOf } from "./task-times.ts";

/** The goals are for 10,000; fewer show whether it works. */
const items = Number(process.env["METAFLOW_NOMAD_BENCH_ITEMS"] ?? 10_000);
/** Memory is held to what it was after so many. */
const settled = 500;

type Part = "host" | "workers" | "agent";
type Memory = Readonly<Record<Part, number>>;

/** A foreach of very many items that do nothing, on eight workers: time for each, and what grows. */
export async function longPool(stage: Stage): Promise<Figure[]> {
  const looks: { readonly at: number; readonly memory: Memory }[] = [];
  const args = ["--max-workers", "16", "--max-num-splits", String(items + 1), "--count", String(items)];
  let calls = 0;
  const { output } = await stage.follow("pooled_foreach_flow.py", ["run", ...args, "--size", "8"], () => {
    if ((calls += 1) % 8 === 0) looks.push({ at: Date.now() / 1000, memory: memoryOf(stage) });
  });
  const ends = endsOf(output, "work");
  const from = at(endsOf(output, "start"), 0);
  const perItem = ((at(ends, items - 1) - from) / items) * 1000;
  const between = (first: number, last: number) =>
    looks.filter((look) => look.at >= at(ends, first - 1) && look.at <= at(ends, last - 1));
  // Collectors of garbage make steps: medians of many looks are compared.
  const [early, late] = [between(settled, 2 * settled), between(items - settled, items)];
  const grown = (part: Part) => {
    const of = (some: typeof looks) => median(some.map(({ memory }) => memory[part]));
    const name = `${String(items)} items, memory of the ${part}, the last ${String(settled)}`;
    return figure(name, "MB", of(late), `items ${String(settled)} to ${String(2 * settled)}`, of(early), 1.15);
  };
  return [
    figure(`${String(items)} items, 8 workers, each`, "ms", perItem, "goal", 40, 1),
    ...(["host", "workers", "agent"] as const).map(grown),
  ];
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function memoryOf({ agent, folder }: Stage): Memory {
  const lines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), line: commandLine(name) }))
    .filter(({ line }) => line.includes(folder));
  const workers = lines.filter(({ line }) => line.includes("nomad_worker"));
  const sum = (pids: readonly number[]) => pids.reduce((total, pid) => total + pssMb(pid), 0);
  // Items are forked from workers: only whose parent is none counts.
  const own = workers.filter(({ pid }) => !workers.some((other) => other.pid === parentOf(pid)));
  return {
    host: sum(lines.filter(({ line }) => line.includes("metaflow-nomad.mjs host")).map(({ pid }) => pid)),
    workers: sum(own.map(({ pid }) => pid)),
    agent: pssMb(agent.pid),
  };
}

const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${String(pid)}/status`))?.[1] ?? 0);
const commandLine = (pid: string) => read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended between two looks.
    return "";
  }
}
