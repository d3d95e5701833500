/** Leaves nothing of an agent: its process, helpers, tasks, containers, mounts, cgroups and directory. */
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../../scripts/lib/cache.mjs";
import { belongsTo, descendants, endAgent, killAll, processesOf } from "./processes.mjs";
import { removeCgroups, removeContainers, unmountAll } from "./remnants.mjs";

/** Short on purpose: a task's API socket lies 70 characters deeper, and a socket's path may have 108. */
const PREFIX = "/tmp/mfn-";

/** A directory for an agent, marked with its owner so that a later run can clean up after a crash. */
export async function makeAgentDir() {
  const dir = await mkdtemp(PREFIX);
  await chmod(dir, 0o755); // tasks run as other users
  // Nomad makes its data_dir 0700, which lets no task in that has a user of its own.
  await mkdir(join(dir, "data"));
  await chmod(join(dir, "data"), 0o711);
  await writeFile(join(dir, "owner.json"), JSON.stringify({ pid: process.pid }));
  return dir;
}

/** @param {string} dir @param {object} facts */
export async function noteOwner(dir, facts) {
  await writeFile(join(dir, "owner.json"), JSON.stringify({ pid: process.pid, ...facts }));
}

/** Ends what agents of dead processes left behind. */
export async function sweepStale() {
  for (const name of await readdir("/tmp")) {
    const dir = join("/tmp", name);
    if (!dir.startsWith(PREFIX)) continue;
    const owner = await readFile(join(dir, "owner.json"), "utf8")
      .then(JSON.parse)
      .catch(() => undefined);
    // Another process may be sweeping the same directory: what one cannot remove is not this run's failure.
    if (owner && !isAlive(owner.pid)) await removeAgent(dir, owner).catch(() => {});
  }
}

/**
 * @param {string} dir
 * @param {{ agentPid?: number, httpPort?: number, docker?: boolean }} facts
 */
export async function removeAgent(dir, facts) {
  const agent = facts.agentPid && (await belongsTo(facts.agentPid, dir)) ? facts.agentPid : undefined;
  const helpers = agent ? await descendants(agent) : [];
  if (agent) await endAgent(agent);
  if (facts.docker) await removeContainers(dir);
  await killAll([...helpers, ...(await processesOf(dir))]);
  await unmountAll(dir);
  if (facts.httpPort) await removeCgroups(dir, `nomad-${facts.httpPort}`);
  await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Runs removeAgent in a process of its own, for a process that is about to end. @param {string} dir */
export function removeLater(dir) {
  spawn(process.execPath, [fileURLToPath(import.meta.url), dir], { detached: true, stdio: "ignore" }).unref();
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2]?.startsWith(PREFIX)) {
  const facts = await readFile(join(process.argv[2], "owner.json"), "utf8")
    .then(JSON.parse)
    .catch(() => ({}));
  await removeAgent(process.argv[2], facts);
}
