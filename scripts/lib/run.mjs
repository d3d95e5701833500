/** Spawn helpers: run a command to its end, capture it, find it on PATH. */
import { spawn } from "node:child_process";
import { accessSync, constants, createWriteStream, existsSync, mkdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { SetupError } from "./errors.mjs";

/** Children still running; they must not outlive us when we are told to stop. @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
process.on("exit", () => children.forEach((child) => killGroup(child, "SIGTERM")));

/**
 * Signals a child's whole process group (it leads one where it was started detached).
 * @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal
 */
function killGroup(child, signal) {
  if (!child.pid || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env] added to this process's environment
 * @property {string} [logFile] everything the command prints, appended
 * @property {(line: string) => void} [onLine] each line as it comes (stdout and stderr)
 * @property {boolean} [inherit] the command writes to our own terminal
 * @property {AbortSignal} [signal] ends the command's whole process group
 * @typedef {{ code: number, stdout: string, stderr: string }} RunResult
 */

/**
 * Runs a command to its end and returns what it printed, whatever its exit code.
 * @param {string} command @param {string[]} [args] @param {RunOptions} [options] @returns {Promise<RunResult>}
 */
export function capture(command, args = [], options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: options.inherit ? "inherit" : ["ignore", "pipe", "pipe"],
      detached: !options.inherit,
    });
    const output = collect(child, options);
    const abort = () => {
      killGroup(child, "SIGTERM");
      setTimeout(() => killGroup(child, "SIGKILL"), 10_000).unref();
    };
    options.signal?.addEventListener("abort", abort, { once: true });
    children.add(child);
    child.on("error", (error) => settle(() => reject(error)));
    child.on("close", (code) => settle(() => resolve({ code: code ?? 128, ...output() })));
    const settle = (/** @type {() => void} */ finish) => {
      children.delete(child);
      options.signal?.removeEventListener("abort", abort);
      finish();
    };
  });
}

/** @param {import('node:child_process').ChildProcess} child @param {RunOptions} options */
function collect(child, options) {
  const text = { stdout: "", stderr: "" };
  if (options.logFile) mkdirSync(dirname(options.logFile), { recursive: true });
  const log = options.logFile ? createWriteStream(options.logFile, { flags: "a" }) : undefined;
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    let rest = "";
    child[name]?.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => {
      text[name] += chunk;
      log?.write(chunk);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (options.onLine) lines.forEach(options.onLine);
    });
  }
  child.on("close", () => log?.end());
  return () => text;
}

/**
 * Runs a command that must succeed; its last lines become the error's text.
 * @param {string} command @param {string[]} [args] @param {RunOptions} [options] @returns {Promise<string>} its stdout
 */
export async function run(command, args = [], options = {}) {
  const result = await capture(command, args, options).catch((cause) => {
    throw new SetupError(`Cannot start "${command}": ${cause.message}`, { cause });
  });
  if (result.code === 0) return result.stdout;
  const tail = (result.stderr + result.stdout).trimEnd().split("\n").slice(-15).join("\n  ");
  const where = options.logFile ? `\n  (all of it: ${options.logFile})` : "";
  throw new SetupError(`"${[command, ...args].join(" ")}" failed with exit code ${result.code}:\n  ${tail}${where}`);
}

/** The full path of an executable on PATH, if there is one. @param {string} name */
export function which(name) {
  const system = ["/usr/local/sbin", "/usr/sbin", "/sbin"]; // dockerd and debootstrap live here; a plain user's PATH often lacks them
  for (const dir of [...(process.env.PATH ?? "").split(delimiter), ...system]) {
    const path = join(dir, name);
    if (dir && isExecutable(path)) return path;
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path) && statSync(path).isFile();
  } catch {
    return false;
  }
}
