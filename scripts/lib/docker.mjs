/** A running dockerd: the machine's own where it answers, else one we start (and can stop). */
import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureCommands } from "./apt.mjs";
import { cachePath, isAlive, withLock } from "./cache.mjs";
import { SetupError } from "./errors.mjs";
import { createProgress } from "./progress.mjs";
import { capture } from "./run.mjs";

/** Each set is tried in turn: small machines may lack iptables' kernel modules, or an overlay-capable file system. */
const FLAGS = [
  ["--storage-driver=overlay2"],
  ["--storage-driver=overlay2", "--iptables=false", "--ip6tables=false"],
  ["--storage-driver=vfs", "--iptables=false", "--ip6tables=false"],
];

/** Whether a docker daemon answers. */
async function dockerAnswers() {
  const { code } = await capture("docker", ["info", "--format", "{{.ServerVersion}}"]).catch(() => ({ code: 1 }));
  return code === 0;
}

/**
 * Makes sure that a docker daemon runs.
 * @param {import('./progress.mjs').Progress} [progress]
 * @returns {Promise<{ started: boolean }>} whether it is one of ours, now or from an earlier run
 */
export async function ensureDocker(progress = createProgress("setup")) {
  await ensureCommands(["docker", "dockerd"], progress);
  if (await dockerAnswers()) return { started: (await ownPid()) !== undefined };
  if (process.getuid?.() !== 0)
    throw new SetupError(
      'No docker daemon answers. Start it ("sudo systemctl start docker") and make sure that you may use it ("docker info").',
    );
  return progress.step("docker", "starting dockerd", () => withLock("dockerd", startDockerd), {
    expect: "a few seconds",
  });
}

async function startDockerd() {
  if (await dockerAnswers()) return { started: true };
  for (const flags of FLAGS) {
    const pid = await spawnDockerd(flags);
    if (await waitUntilAnswers(pid)) return { started: true };
    await endProcess(pid);
  }
  throw new SetupError(`dockerd does not start here; its last words are in ${logFile()}.`);
}

/** Detached, so that it serves the next run too. @param {string[]} flags */
async function spawnDockerd(flags) {
  await mkdir(cachePath("docker"), { recursive: true });
  await rm("/var/run/docker.pid", { force: true }); // left behind by a killed daemon, it keeps the next from starting
  const log = await open(logFile(), "a");
  const args = [
    "--data-root",
    cachePath("docker", "data"),
    "--exec-root",
    "/run/metaflow-nomad-docker",
    "--host",
    "unix:///var/run/docker.sock",
    ...flags,
  ];
  const child = spawn("dockerd", args, { detached: true, stdio: ["ignore", log.fd, log.fd] });
  await new Promise((resolve, reject) => child.once("spawn", () => resolve(undefined)).once("error", reject));
  child.unref();
  await log.close();
  await writeFile(pidFile(), String(child.pid));
  return /** @type {number} */ (child.pid);
}

/** @param {number} pid */
async function waitUntilAnswers(pid) {
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; await sleep(300)) {
    if (await dockerAnswers()) return true;
    if (!isAlive(pid)) return false;
  }
  return false;
}

/** Stops the daemon that we started, if any; never another. */
export async function stopDocker() {
  const pid = await ownPid();
  if (pid !== undefined) await endProcess(pid);
  await rm(pidFile(), { force: true });
}

/** @param {number} pid */
async function endProcess(pid) {
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    for (let i = 0; i < 60 && isAlive(pid); i++) await sleep(250);
  }
}

/** Our daemon's process, checked by name: the id may have gone to another process since. */
async function ownPid() {
  const pid = Number(await readFile(pidFile(), "utf8").catch(() => "0"));
  const name = pid ? await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "") : "";
  return name.trim() === "dockerd" ? pid : undefined;
}

const pidFile = () => cachePath("docker", "dockerd.pid");
const logFile = () => cachePath("docker", "dockerd.log");
