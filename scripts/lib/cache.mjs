/**
 * The cache of built real parts, outside the tree: one directory per part, marked ready only when whole,
 * and built by one process at a time (two test runs on one machine must not build Nomad twice).
 */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where built parts are kept. */
export function cacheDir() {
  if (process.env.METAFLOW_NOMAD_CACHE) return process.env.METAFLOW_NOMAD_CACHE;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "metaflow-nomad");
}

/** @param {string} name a part's directory, such as "nomad-1.11.0" @param {string[]} rest */
export function cachePath(name, ...rest) {
  return join(cacheDir(), name, ...rest);
}

/**
 * Whether a part is there, whole, and made from the same recipe.
 * @param {string} name @param {string} key what the part was made from; another key means: build again
 */
async function isReady(name, key) {
  const stamp = await readFile(cachePath(name, ".ready"), "utf8").catch(() => undefined);
  return stamp === key;
}

/**
 * Returns the part's directory, building it first where it is missing.
 * @param {string} name
 * @param {string} key
 * @param {(dir: string) => Promise<void>} build fills the (empty) directory
 */
export async function ensureCached(name, key, build) {
  const dir = cachePath(name);
  if (await isReady(name, key)) return dir;
  return withLock(name, async () => {
    if (await isReady(name, key)) return dir;
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    await build(dir);
    await stamp(dir, key);
    return dir;
  });
}

/** The rename makes the stamp appear at once or not at all. @param {string} dir @param {string} key */
async function stamp(dir, key) {
  const temporary = join(dir, `.ready-${process.pid}`);
  await writeFile(temporary, key);
  await rename(temporary, join(dir, ".ready"));
}

/**
 * Holds a lock that other processes respect; the lock of a dead process is taken over.
 * @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock(name, work) {
  await mkdir(cacheDir(), { recursive: true });
  const path = cachePath(`${name}.lock`);
  while (!(await tryLock(path))) {
    await dropIfStale(path);
    await sleep(300);
  }
  const release = () => rm(path, { force: true });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** @param {string} path */
async function tryLock(path) {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path */
async function dropIfStale(path) {
  const pid = Number(await readFile(path, "utf8").catch(() => ""));
  const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
  // An empty lock is one being written just now; only an old one was left by a crash.
  if (pid ? !isAlive(pid) : age > 5000) await rm(path, { force: true });
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
