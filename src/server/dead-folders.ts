import { readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/contracts/clock.js";
import { isProvablyDead, readSubmitter, submitterOf } from "../core/sweep/submitter.js";

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

/** Another user's folder cannot be read, and another program's has no such file. */
async function read(folder: string) {
  const file = join(folder, "run.json");
  try {
    const { mtimeMs, uid } = await stat(file);
    const { submitter: text } = JSON.parse(await readFile(file, "utf8")) as { submitter?: unknown };
    const submitter = readSubmitter(typeof text === "string" ? text : undefined);
    // Whoever wrote the file says whose it is: somebody else's word about us counts for nothing.
    return submitter !== undefined && uid === process.getuid?.() ? { submitter, writtenAt: mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}
