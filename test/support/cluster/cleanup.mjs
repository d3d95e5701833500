/** Leaves nothing of an agent: its process, helpers, tasks, containers, mounts, cgroups and directory. */
import { spawn } from "node:child_process";
import { mkdtemp, chmod, readFile, readdir, readlink, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../../scripts/lib/cache.mjs";
import { capture } from "../../../scripts/lib/run.mjs";

/** Short on purpose: a task's API socket lies 70 characters deeper, and a socket's path may have 108. */
const PREFIX = "/tmp/mfn-";

const CGROUPS = "/sys/fs/cgroup";

/** A directory for an agent, marked with its owner so that a later run can clean up after a crash. */
export async function makeAgentDir() {
  const dir = await mkdtemp(PREFIX);
  await chmod(dir, 0o755); // tasks run as other users
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
    if (owner && !isAlive(owner.pid)) await removeAgent(dir, owner);
  }
}

/**
 * @param {string} dir
 * @param {{ agentPid?: number, httpPort?: number, docker?: boolean }} facts
 */
export async function removeAgent(dir, facts) {
  const helpers = facts.agentPid ? await descendants(facts.agentPid) : [];
  if (facts.agentPid && (await belongsTo(facts.agentPid, dir))) await endAgent(facts.agentPid);
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

/** An interrupted -dev agent ends its tasks itself; one that hangs is killed. @param {number} pid */
async function endAgent(pid) {
  signal(pid, "SIGINT");
  for (const deadline = Date.now() + 6000; Date.now() < deadline; await sleep(50))
    if (!isAlive(pid) || (await isZombie(pid))) return;
  signal(pid, "SIGKILL");
}

/** @param {number[]} pids */
async function killAll(pids) {
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
async function belongsTo(pid, dir) {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(dir);
}

/** @param {number} root @returns {Promise<number[]>} */
async function descendants(root) {
  /** @type {Map<number, number[]>} */
  const childrenOf = new Map();
  for (const pid of await allPids()) {
    const parent = Number(/\) \S (\d+)/.exec(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""))?.[1]);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const below = (/** @type {number} */ pid) =>
    /** @type {number[]} */ ((childrenOf.get(pid) ?? []).flatMap((child) => [child, ...below(child)]));
  return below(root);
}

/** Tasks (known by their environment or cgroup) and Nomad's helpers (known by their open files) below a directory. @param {string} dir */
async function processesOf(dir) {
  const allocations = await allocationsOf(dir);
  const found = [];
  for (const pid of await allPids()) {
    if (pid !== process.pid && ((await isTaskOf(pid, dir, allocations)) || (await isHelperOf(pid, dir))))
      found.push(pid);
  }
  return found;
}

/** @param {string} dir */
function allocationsOf(dir) {
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

/** @param {string} dir */
async function removeContainers(dir) {
  const { stdout } = await capture("docker", ["ps", "-aq", "--filter", "label=com.hashicorp.nomad.alloc_id"]).catch(
    () => ({ stdout: "" }),
  );
  for (const id of stdout.split("\n").filter(Boolean)) {
    const inspected = await capture("docker", [
      "inspect",
      "--format",
      "{{json .HostConfig.Binds}}{{json .Mounts}}",
      id,
    ]);
    if (inspected.stdout.includes(`${dir}/`)) await capture("docker", ["rm", "-f", id]);
  }
}

/** Deepest first. A directory with something mounted in it must never be removed: the mount's content would go with it. @param {string} dir */
async function unmountAll(dir) {
  const mounts = await mountsBelow(dir);
  for (const path of mounts.reverse()) await capture("umount", ["-l", path]);
  const left = await mountsBelow(dir);
  if (left.length > 0) throw new Error(`Still mounted, so ${dir} is left as it is: ${left.join(", ")}`);
}

/** @param {string} dir */
async function mountsBelow(dir) {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return lines.map((line) => line.split(" ")[4] ?? "").filter((path) => path.startsWith(`${dir}/`));
}

/**
 * The cgroups of this agent's tasks, known by their allocations: a killed executor leaves them, and under cgroups version 1
 * all agents of a machine share the parent "nomad".
 * @param {string} dir @param {string} parent the agent's own parent, which version 2 honours
 */
async function removeCgroups(dir, parent) {
  const allocations = await allocationsOf(dir);
  const roots = ["", ...(await readdir(CGROUPS).catch(() => []))].map((controller) => join(CGROUPS, controller));
  for (const root of roots) {
    for (const name of await readdir(join(root, "nomad")).catch(() => [])) {
      if (allocations.some((id) => name.startsWith(`${id}.`))) await removeTree(join(root, "nomad", name));
    }
    await removeTree(join(root, parent));
  }
}

/** A cgroup directory's files cannot be deleted, only the directories, from below. @param {string} dir */
async function removeTree(dir) {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  await rmdir(dir).catch(() => {});
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2]?.startsWith(PREFIX)) {
  const facts = await readFile(join(process.argv[2], "owner.json"), "utf8")
    .then(JSON.parse)
    .catch(() => ({}));
  await removeAgent(process.argv[2], facts);
}
