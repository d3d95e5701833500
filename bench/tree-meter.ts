import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100;

interface Process {
  readonly parent: number;
  /** Its own, and that of all its children that have ended, in ticks. */
  readonly ticks: number;
}

/** CPU of whole trees of processes, the ended ones included, again and again. Linux only. */
export class TreeMeter {
  readonly #looks: { readonly at: number; readonly seconds: number }[] = [];

  /** @param isRoot Whether a process, by its ID and command line, is one whose tree counts. */
  constructor(private readonly isRoot: (pid: number, commandLine: string) => boolean) {}

  /** One look. */
  sample(): void {
    const all = processes();
    const roots = [...all.keys()].filter((pid) => this.isRoot(pid, commandLine(pid)));
    const wanted = [...all].filter(([pid]) => roots.some((root) => isWithin(pid, root, all)));
    const ticks = wanted.reduce((sum, [, process]) => sum + process.ticks, 0);
    this.#looks.push({ at: Date.now() / 1000, seconds: ticks / ticksPerSecond });
  }

  /** CPU seconds between two moments of the clock, by the looks nearest to them. */
  between(from: number, to: number): number {
    const near = (when: number) =>
      this.#looks.reduce((best, look) => (Math.abs(look.at - when) < Math.abs(best.at - when) ? look : best)).seconds;
    return near(to) - near(from);
  }
}

function processes(): Map<number, Process> {
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    names.flatMap((name) => {
      const fields = read(`/proc/${name}/stat`).split(") ").at(-1)?.split(" ") ?? [];
      const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
      return fields.length > 14 ? [[Number(name), { parent: Number(fields[1]), ticks }] as const] : [];
    }),
  );
}

function isWithin(pid: number, root: number, all: ReadonlyMap<number, Process>): boolean {
  for (let one = pid; one > 1; one = all.get(one)?.parent ?? 0) if (one === root) return true;
  return false;
}

const commandLine = (pid: number) => read(`/proc/${String(pid)}/cmdline`).replaceAll("\0", " ");

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended between two looks.
    return "";
  }
}
