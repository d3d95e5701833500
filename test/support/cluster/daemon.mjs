/** A server of the tests: a process on loopback that answers HTTP and is gone when it is stopped, or when we end. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "./http.mjs";

/**
 * @typedef {object} DaemonOptions
 * @property {string} name for messages
 * @property {string} command
 * @property {string[]} args
 * @property {string} address where it answers, whatever the status
 * @property {string} work its folder, removed when it ends
 * @property {string} [ca] the certificate authority of an https address
 */

/** @param {DaemonOptions} options @returns {Promise<() => Promise<void>>} what stops it */
export async function startDaemon({ name, command, args, address, work, ca }) {
  const logFile = join(work, "server.log");
  const child = await start(command, args, logFile);
  const onExit = () => {
    child.kill("SIGKILL");
    rmSync(work, { recursive: true, force: true });
  };
  process.once("exit", onExit);
  const stop = async () => {
    process.removeListener("exit", onExit);
    await end(child);
    await rm(work, { recursive: true, force: true });
  };
  if (await answers(child, address, ca)) return stop;
  const said = await readFile(logFile, "utf8").catch(() => "");
  await stop();
  throw new Error(`${name} does not answer:\n${said}`);
}

/** @param {string} command @param {string[]} args @param {string} logFile */
async function start(command, args, logFile) {
  const log = await open(logFile, "a");
  const child = spawn(command, args, { stdio: ["ignore", log.fd, log.fd], detached: true });
  await new Promise((resolve, reject) => child.once("spawn", () => resolve(undefined)).once("error", reject));
  await log.close();
  child.unref();
  return child;
}

/** @param {import('node:child_process').ChildProcess} child @param {string} address @param {string} [ca] */
async function answers(child, address, ca) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline && child.exitCode === null; await sleep(50)) {
    const status = await request({ address, ca }, "/").then(
      (answer) => answer.status,
      () => 0,
    );
    if (status > 0) return true; // 403 without a signature: it is up
  }
  return false;
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.ref();
  child.kill("SIGKILL"); // it holds nothing that is not on disk
  await gone;
}
