/**
 * npm run setup: obtains the real parts that the tests need, each once, in the cache.
 *   --only=nomad,docker   just these parts (names below)
 *   --stop                stops the docker daemon that an earlier run started
 */
import { obtainAzurite } from "./lib/azurite.mjs";
import { ensureBuilt } from "./lib/build-if-old.mjs";
import { cacheDir } from "./lib/cache.mjs";
import { obtainCni } from "./lib/cni.mjs";
import { obtainDevicePlugin } from "./lib/device-plugin.mjs";
import { ensureCloudImage } from "./lib/cloud-image.mjs";
import { ensureDocker, stopDocker } from "./lib/docker.mjs";
import { entry, SetupError } from "./lib/errors.mjs";
import { obtainFakeGpu } from "./lib/fake-gpu.mjs";
import { obtainFakeGcs } from "./lib/fake-gcs.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { DEFAULT_NOMAD, obtainNomad, OLDEST_NOMAD } from "./lib/nomad.mjs";
import { createProgress, elapsed } from "./lib/progress.mjs";
import { createVenv, DEMO_PACKAGES, findPython, obtainTaskLibraries, TEST_PACKAGES } from "./lib/python-env.mjs";
import { ensurePythonImage } from "./lib/python-image.mjs";
import { obtainRclone } from "./lib/rclone.mjs";
import { obtainRedis } from "./lib/redis.mjs";
import { ROOT } from "./lib/root.mjs";
import { obtainVault } from "./lib/vault.mjs";

/** @typedef {import('./lib/progress.mjs').Progress} Progress */

/** The parts, in two lanes: Go builds want every core, the others mostly wait for disk and network. */
const LANES = /** @type {Record<string, (progress: Progress) => Promise<unknown>>[]} */ ([
  {
    nomad: (progress) => obtainNomad(DEFAULT_NOMAD, progress),
    devices: async (progress) => {
      for (const version of [DEFAULT_NOMAD, OLDEST_NOMAD]) await obtainDevicePlugin(version, progress);
    },
    "fake-gpu": obtainFakeGpu,
    "nomad-oldest": (progress) => obtainNomad(OLDEST_NOMAD, progress),
    rclone: obtainRclone,
    cni: obtainCni,
    vault: obtainVault,
    "fake-gcs": obtainFakeGcs,
  },
  {
    npm: (progress) => ensureNodeModules(ROOT, progress),
    dist: (progress) => ensureBuilt(ROOT, progress),
    python: (progress) => createVenv(findPython(), "tests", TEST_PACKAGES, progress),
    demo: (progress) => createVenv(findPython(), "demo", DEMO_PACKAGES, progress),
    azurite: obtainAzurite,
    redis: obtainRedis,
    libraries: obtainTaskLibraries,
    docker: ensureDocker,
    image: async (progress) => {
      await ensureDocker(progress);
      await ensurePythonImage(progress);
    },
    "cloud-image": async (progress) => {
      await ensureDocker(progress);
      await ensureCloudImage(progress);
    },
  },
]);

/**
 * Obtains parts by name; without names, all.
 * @param {string[]} [only] @param {Progress} [progress]
 */
export async function setUp(only, progress = createProgress("setup")) {
  const known = LANES.flatMap(Object.keys);
  const unknown = only?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) throw new SetupError(`Unknown part: ${unknown.join(", ")}. Known are ${known.join(", ")}.`);
  const results = await Promise.allSettled(LANES.map((lane) => runLane(lane, only, progress)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/**
 * @param {Record<string, (progress: Progress) => Promise<unknown>>} lane
 * @param {string[] | undefined} only
 * @param {Progress} progress
 */
async function runLane(lane, only, progress) {
  for (const [name, obtain] of Object.entries(lane)) {
    if (!only || only.includes(name)) await once(name, () => obtain(progress));
  }
}

/** What was tried in this process, so that a part that cannot be had is not built again for the next suite. @type {Map<string, Promise<unknown>>} */
const tried = new Map();

/** @param {string} name @param {() => Promise<unknown>} obtain */
function once(name, obtain) {
  const attempt = tried.get(name) ?? obtain();
  tried.set(name, attempt);
  return attempt;
}

async function main() {
  if (process.argv.includes("--stop")) return stopDocker();
  const started = Date.now();
  const option = process.argv.find((word) => word.startsWith("--only="));
  const progress = createProgress("setup");
  await setUp(option?.slice("--only=".length).split(",").filter(Boolean), progress);
  progress.line(`ready after ${elapsed(started)}; the parts are in ${cacheDir()}`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) await entry(main);
