import { readdirSync, readFileSync } from "node:fs";

/** What a group of processes has cost so far. */
export interface Cost {
  /** Most that all of them held at one moment, in MB of proportional set size. */
  readonly peakMb: number;
  /** CPU seconds of all of them, user and system, the ended ones included. */
  readonly cpuSeconds: number;
  /** Most that were there at one moment. */
  readonly peakCount: number;
}

const ticksPerSecond = 100;

/** Samples every process whose command line matches, until stopped. */
export class ProcessMeter {
  readonly #cpu = new Map<number, number>();
  #peakMb = 0;
  #peakCount = 0;

  readonly matches: (commandLine: string) => boolean;

  constructor(matches: (commandLine: string) => boolean) {
    this.matches = matches;
  }

  /** One look: cheap for CPU, and with `memory` also the proportional set size. */
  sample(memory: boolean): void {
    const found = pids().filter((pid) => this.matches(commandLine(pid)));
    for (const pid of found) this.#cpu.set(pid, Math.max(this.#cpu.get(pid) ?? 0, cpuTicks(pid)));
    this.#peakCount = Math.max(this.#peakCount, found.length);
    if (memory)
      this.#peakMb = Math.max(
        this.#peakMb,
        found.reduce((sum, pid) => sum + pssMb(pid), 0),
      );
  }

  get cost(): Cost {
    const ticks = [...this.#cpu.values()].reduce((sum, value) => sum + value, 0);
    return { peakMb: this.#peakMb, cpuSeconds: ticks / ticksPerSecond, peakCount: this.#peakCount };
  }
}

const pids = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended between two looks.
    return "";
  }
}

const commandLine = (pid: number) => read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");

/** CPU seconds of a process so far, user and system. */
export const cpuSecondsOf = (pid: number) => cpuTicks(pid) / ticksPerSecond;

function cpuTicks(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** Memory of a process, in MB of proportional set size. */
export function pssMb(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}
