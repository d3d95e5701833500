import { readFile } from "node:fs/promises";
import type { Clock } from "../core/contracts/clock.js";
import type { Host } from "../core/host/host.js";
import { framesIn } from "./frames.js";
import { parseProtocol, taskFile } from "./protocol.js";
import { RunTasks } from "./run-tasks.js";
import { writeOut } from "./write-out.js";

/** Runs one attempt without a host, where none could be started: the client's last resort. */
export async function runInProcess(file: string, host: Host, clock: Clock, signal: AbortSignal): Promise<number> {
  const task = parseProtocol(taskFile, await readFile(file, "utf8"));
  const tasks = new RunTasks(host, clock, () => Promise.resolve());
  // Where a host that died had got to, as its client had heard.
  const resume = await readFile(`${file}.resume`, "utf8").catch(() => undefined);
  return tasks.run(task, unframed, signal, resume);
}

/** Writes the payload of frames where it belongs; resume tokens and the exit code have no reader here. */
async function unframed(bytes: Uint8Array): Promise<void> {
  const places: Readonly<Record<string, NodeJS.WriteStream>> = { o: process.stdout, e: process.stderr };
  for (const { type, payload } of framesIn(bytes)) {
    const place = places[type];
    if (place !== undefined) await writeOut(place, payload);
  }
}
