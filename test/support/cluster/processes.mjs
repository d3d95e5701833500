/** The processes of an agent: itself, Nomad's helpers and the tasks. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../../scripts/lib/cache.mjs";

/** An interrupted -dev agent ends its tasks itself; one that hangs is killed. @param {number} pid */
export async function endAgent(pid) {
  signal(pid, "SIGINT");
  for (const deadline = Date.now() + 2500; Date.now() < deadline; await sleep(50))
    if (!isAlive(pid) || (await isZombie(pid))) return;
  signal(pid, "SIGKILL");
}

/** @param {number[]} pids */
export async function killAll(pids) {
  for (const pid of pids) signal(pid, "SIGKILL");
  for (const deadline = Date.now() + 3000; Date.now() < deadline; await sleep(30)) {
    const left = await Promise.all(pids.map(async (pid) => isAlive(pid) && !(await isZombie(pid))));
    if (!left.includes(true)) return;
  }
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}

/** @param {number} pid */
async function isZombie(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
  return /\) [ZX]/.test(stat);
}

/** The process id may have gone to another process since it was noted. @param {number} pid @param {string} dir */
export async function belongsTo(pid, dir) {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(dir);
}

/** @param {number} root @returns {Promise<number[]>} */
export async function descendants(root) {
  /** @type {Map<number, number[]>} */
  const childrenOf = new Map();
  for (const pid of await allPids()) {
    const parent = Number(/\) \S (\d+)/.exec(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""))?.[1]);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  /** @type {(pid: number) => number[]} */
  const below = (pid) => (childrenOf.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}

/** Tasks (known by their environment or cgroup) and Nomad's helpers (known by their open files) below a directory. @param {string} dir */
export async function processesOf(dir) {
  const allocations = await allocationsOf(dir);
  const found = [];
  for (const pid of await allPids()) {
    if (pid !== process.pid && ((await isTaskOf(pid, dir, allocations)) || (await isHelperOf(pid, dir))))
      found.push(pid);
  }
  return found;
}

/** The allocations whose directories are still there. @param {string} dir */
export function allocationsOf(dir) {
  return readdir(join(dir, "data", "alloc")).catch(() => /** @type {string[]} */ ([]));
}

/** A chrooted task's paths say nothing about where it lies, but its cgroup is named after its allocation. @param {number} pid @param {string} dir @param {string[]} allocations */
async function isTaskOf(pid, dir, allocations) {
  const groups = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
  if (allocations.some((id) => groups.includes(id))) return true;
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  return environment.includes(`NOMAD_ALLOC_DIR=${dir}/`);
}

/** @param {number} pid @param {string} dir */
async function isHelperOf(pid, dir) {
  const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  if (!command[0]?.endsWith("nomad")) return false;
  const links = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(
    [`/proc/${pid}/cwd`, ...links.map((fd) => `/proc/${pid}/fd/${fd}`)].map((link) => readlink(link).catch(() => "")),
  );
  return command.some((word) => word.includes(dir)) || targets.some((target) => target.startsWith(dir));
}

async function allPids() {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}
