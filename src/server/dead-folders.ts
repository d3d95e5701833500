import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/contracts/clock.js";
import { isProvablyDead, readSubmitter, submitterOf } from "../core/sweep/submitter.js";
import { isServed } from "./private-socket.js";

/** Folders of this user's runs that nobody will remove any more; they may hold secrets of requests. */
export async function findDeadFolders(clock: Clock, parent: string = tmpdir()): Promise<string[]> {
  const here = await submitterOf();
  if (here === undefined) return [];
  const bootedAt = clock.now() - uptime() * 1_000;
  const dead: string[] = [];
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    if (!name.startsWith("mfn-")) continue;
    const found = await read(folder);
    if (found === undefined) continue;
    if (await isProvablyDead(found.submitter, here, { submittedAt: found.writtenAt, bootedAt })) dead.push(folder);
  }
  return dead;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Another program's folder has no such file. Another user's is left alone whatever it holds, a link to a file of ours
 * too: who owns a folder can turn what is in it into links while it is being removed. So is one whose host still works.
 */
async function read(folder: string) {
  const file = join(folder, "run.json");
  try {
    if (!(await isOurs(folder)) || (await isServed(join(folder, "host.sock")))) return undefined;
    const { mtimeMs } = await lstat(file);
    const { submitter: text } = JSON.parse(await readFile(file, "utf8")) as { submitter?: unknown };
    const submitter = readSubmitter(typeof text === "string" ? text : undefined);
    return submitter && { submitter, writtenAt: mtimeMs };
  } catch {
    return undefined;
  }
}

async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder);
  return found.isDirectory() && found.uid === process.getuid?.();
}
