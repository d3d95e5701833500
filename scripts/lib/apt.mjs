/** System packages: installed where we may, named where we may not. */
import { existsSync } from "node:fs";
import { withLock } from "./cache.mjs";
import { SetupError } from "./errors.mjs";
import { capture, run, which } from "./run.mjs";

/** What each command needs installed on Debian. @type {Record<string, string>} */
const PACKAGE_OF = {
  dockerd: "docker.io",
  docker: "docker.io",
  debootstrap: "debootstrap",
  git: "git",
  gcc: "gcc",
};

/**
 * Makes sure that the commands are there.
 * @param {string[]} commands @param {import('./progress.mjs').Progress} progress
 */
export async function ensureCommands(commands, progress) {
  const missing = commands.filter((command) => !which(command));
  await installPackages([...new Set(missing.map((command) => PACKAGE_OF[command] ?? command))], progress);
}

/**
 * Installs Debian packages as root; anybody else is told what to install.
 * @param {string[]} packages @param {import('./progress.mjs').Progress} progress
 */
export async function installPackages(packages, progress) {
  if (packages.length === 0) return;
  const list = packages.join(" ");
  if (!canInstall()) {
    throw new SetupError(
      `Missing on this machine: ${list}. Install it (on Debian: "sudo apt-get install ${list}") and run the same command again.`,
    );
  }
  await progress.step(
    `system packages ${list}`,
    "installing with apt-get",
    () => withLock("apt", () => aptInstall(packages)),
    { expect: "about 1 min" },
  );
}

function canInstall() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && which("apt-get") !== undefined;
}

/** @param {string[]} packages */
async function aptInstall(packages) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", ...packages];
  const first = await capture("apt-get", install, { env });
  if (first.code === 0) return;
  await run("apt-get", ["update"], { env }); // only a stale or empty package list needs this
  await run("apt-get", install, { env });
}
