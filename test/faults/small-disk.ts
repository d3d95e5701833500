import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleeper } from "./behaviours.js";
import { type Lab, watchers } from "./lab.js";
import type { Row } from "./report.js";
import { leftOver } from "./row.js";
import { Task } from "./task.js";

const megabytes = 24;

/** A disk that is soon full: a tmpfs. Needs root. */
export class SmallDisk implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "mfn-small-disk-"));

  constructor() {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,nr_inodes=500,mode=0711`, "tmpfs", this.path]);
  }

  /** Takes every block, and every inode: a tmpfs has room for folders as long as there is one. */
  fill(): void {
    const folder = join(this.path, "filler");
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(join(folder, "all"), Buffer.alloc(megabytes * 2 ** 20));
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    try {
      for (let n = 0; ; n += 1) writeFileSync(join(folder, String(n)), "");
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  free(): void {
    rmSync(join(this.path, "filler"), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    execFileSync("umount", ["-l", this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

const isFull = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOSPC";

/** Tasks on a node whose disk is full fail with a sentence that says so; when there is room again, they run. */
export async function runSmallDisk(disk: SmallDisk, lab: Lab): Promise<Row> {
  const since = performance.now();
  const constraint = { LTarget: "${meta.role}", Operand: "=", RTarget: "small" };
  const there = { placement: { constraints: [constraint] }, resources: { cpu: 20, memory: 32, disk: 10 } };
  const echo = { argv: ["sh", "-c", "echo 'line 1'; sleep 1; echo 'line 2'"], driver: "raw_exec" };
  const launch = (expects: Parameters<typeof sleeper>[0]) =>
    watchers.map((watch) => new Task(lab, watch, "raw_exec", sleeper(expects, { ...echo, ...there })));
  disk.fill();
  const full = launch(["driver-known"]);
  const wrong = await Promise.all(full.map((task) => task.wrong(60_000)));
  disk.free();
  const after = launch(["succeeded"]);
  wrong.push(...(await Promise.all(after.map((task) => task.wrong(60_000)))));
  const left = await leftOver(lab);
  const seen = after.reduce((all, { lines }) => all + lines.seen, 0);
  const told = wrong.filter((one) => one !== undefined);
  return {
    name: "client's disk full",
    real: true,
    tasks: full.length + after.length,
    right: full.length + after.length - told.length,
    expected: 2 * after.length,
    seen,
    left: left.length,
    minutes: (performance.now() - since) / 60_000,
    wrong: [...told, ...left.map((id) => `${id} is left`)],
  };
}
