/**
 * npm run demo: from a fresh clone to a Metaflow flow on a real Nomad, and nothing left running.
 *   npm run demo -- my_flow.py run --samples 1e6     another flow, or other arguments
 */
import { existsSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join, resolve as resolvePath } from "node:path";
import { spawn } from "node:child_process";
import { bundlePath, ensureBuilt } from "./lib/build-if-old.mjs";
import { entry, SetupError } from "./lib/errors.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { findNode, nodeEnv } from "./lib/node24.mjs";
import { obtainNomad } from "./lib/nomad.mjs";
import { createProgress, elapsed } from "./lib/progress.mjs";
import { createVenv, DEMO_PACKAGES, findPython } from "./lib/python-env.mjs";
import { ROOT } from "./lib/root.mjs";
import { withInterrupts } from "./lib/signals.mjs";

const progress = createProgress("demo");

/** @typedef {import('../test/support/cluster/index.mjs').Agent} Agent */

async function main() {
  const began = Date.now();
  await ensureNodeModules(ROOT, progress);
  const node = findNode(ROOT);
  await ensureBuilt(ROOT, progress);
  const python = await createVenv(findPython(), "demo", DEMO_PACKAGES, progress);
  await obtainNomad(undefined, progress);
  const { startAgent } = await import("../test/support/cluster/index.mjs");
  const work = await mkdtemp(join(tmpdir(), "metaflow-nomad-demo-"));
  process.once("exit", () => rmSync(work, { recursive: true, force: true })); // also when interrupted
  /** @type {Agent | undefined} */
  let agent;
  try {
    const started = await progress.step("nomad agent", "starting", () => startAgent({ quiet: true }));
    agent = started;
    progress.line(`ready after ${elapsed(began)}: Nomad ${started.version} at ${started.address}`);
    return await runAndTell(started, await flowEnv(started, work, python, node), python);
  } finally {
    await agent?.stop();
    progress.line("the agent is stopped and its files are removed");
  }
}

/** @param {Agent} agent @param {Record<string, string>} env @param {string} python */
async function runAndTell(agent, env, python) {
  const [flow = "", ...args] = flowArguments();
  progress.line(`python ${flow} ${args.join(" ")}`);
  const started = Date.now();
  const code = await runFlow(python, [resolvePath(flow), ...args], env);
  const jobs = await agent.api("/v1/jobs").catch(() => []);
  if (code !== 0) {
    progress.line(`the flow ended with exit code ${code} after ${elapsed(started)}`);
    return code;
  }
  progress.line(
    `the flow took ${elapsed(started)}; ${jobs.length} of its tasks ran as Nomad jobs, such as ${jobs[0]?.ID ?? "(none)"}`,
  );
  progress.line(NEXT);
  return 0;
}

const NEXT = `Try next:
  1. a change of your own:     edit examples/demo_flow.py, then "npm run demo" again; or "npm run demo -- your_flow.py run --with nomad"
  2. a cluster that stays:     "npx metaflow-nomad dev" starts a dev agent and prints the site to use
  3. your own cluster:         NOMAD_ADDR=https://… python examples/demo_flow.py --datastore s3 run   (README.md: sites, drivers, storage)`;

function flowArguments() {
  const given = process.argv.slice(2);
  if (given.length > 0 && given[0]?.endsWith(".py")) return given.length > 1 ? given : [given[0], "run"];
  return [join(ROOT, "examples", "demo_flow.py"), ...(given.length > 0 ? given : ["run"])];
}

/**
 * Everything of this run lies in a temporary directory: the site, Metaflow's datastore, its home.
 * @param {Agent} agent @param {string} work @param {string} python @param {string} node
 */
async function flowEnv(agent, work, python, node) {
  await chmod(work, 0o755);
  const metaflow = join(work, "metaflow");
  await mkdir(join(work, "home"), { recursive: true });
  await mkdir(metaflow);
  const site = { address: agent.address, driver: "raw_exec", shared: { path: metaflow }, python };
  const config = join(work, "metaflow-nomad.config.json");
  await writeFile(config, JSON.stringify({ defaultSite: "demo", sites: { demo: site } }, null, 2));
  return {
    ...withoutSettings(),
    ...nodeEnv(ROOT),
    METAFLOW_NOMAD_CONFIG: config,
    METAFLOW_NOMAD_HOST_JS: bundlePath(ROOT),
    METAFLOW_NOMAD_NODE: node,
    METAFLOW_DEFAULT_DATASTORE: "local",
    METAFLOW_DEFAULT_METADATA: "local",
    METAFLOW_DATASTORE_SYSROOT_LOCAL: metaflow,
    METAFLOW_HOME: join(work, "home"),
    METAFLOW_USER: process.env.METAFLOW_USER || (userInfo().username === "root" ? "demo" : userInfo().username),
    PYTHONPATH: [extensionPath(), process.env.PYTHONPATH].filter(Boolean).join(delimiter),
    PYTHONUNBUFFERED: "1",
  };
}

/** A user's own Metaflow and Nomad settings would lead the demo elsewhere. @returns {Record<string, string>} */
function withoutSettings() {
  const entries = Object.entries(process.env).filter(([name]) => !/^(METAFLOW|NOMAD)_/.test(name));
  return /** @type {Record<string, string>} */ (Object.fromEntries(entries));
}

/** The directory that holds metaflow_extensions/. */
function extensionPath() {
  const found = [join(ROOT, "python", "src"), join(ROOT, "python")].find((dir) =>
    existsSync(join(dir, "metaflow_extensions")),
  );
  if (found) return found;
  throw new SetupError("The Metaflow extension (python/metaflow_extensions) is missing from this checkout.");
}

/**
 * Runs the flow in our own terminal. An interrupt reaches it too and Metaflow stops its tasks; we only wait, then clean up.
 * @param {string} python @param {string[]} args @param {Record<string, string>} env @returns {Promise<number>}
 */
function runFlow(python, args, env) {
  const child = spawn(python, args, { stdio: "inherit", env });
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
  // A terminal's Ctrl-C goes to the flow by itself; other signals come to us alone and are passed on.
  const pass = (/** @type {NodeJS.Signals} */ signal) => void (signal === "SIGINT" || child.kill("SIGINT"));
  return withInterrupts(pass, () => ended);
}

await entry(main);
