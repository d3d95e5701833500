/** A real Python image without a registry: Debian's minimal system with python3, imported into docker. */
import { createHash } from "node:crypto";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureCommands } from "./apt.mjs";
import { ensureCached } from "./cache.mjs";
import { SetupError } from "./errors.mjs";
import { createProgress } from "./progress.mjs";
import { obtainTaskLibraries } from "./python-env.mjs";
import { capture, run } from "./run.mjs";

export const TEST_IMAGE = "metaflow-nomad-test:py311";

const PACKAGES = "python3,python-is-python3,ca-certificates";
const RECIPE = `bookworm ${PACKAGES} task-libraries 1`;
/** What the image is made from, in short; its label. */
export const TEST_IMAGE_RECIPE = createHash("sha256").update(RECIPE).digest("hex").slice(0, 16);

/**
 * Makes sure that docker has the test image; needs a running daemon.
 * @param {import('./progress.mjs').Progress} [progress] @returns {Promise<string>} its tag
 */
export async function ensurePythonImage(progress = createProgress("setup")) {
  if ((await imageRecipe(TEST_IMAGE)) === TEST_IMAGE_RECIPE) return TEST_IMAGE;
  const tarball = await obtainRootfs(progress);
  const changes = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"].flatMap(
    (env) => ["--change", `ENV ${env}`],
  );
  const args = [
    "import",
    ...changes,
    "--change",
    `LABEL recipe=${TEST_IMAGE_RECIPE}`,
    "--change",
    'CMD ["python3"]',
    tarball,
    TEST_IMAGE,
  ];
  await progress.step(`image ${TEST_IMAGE}`, "importing", () => run("docker", args));
  return TEST_IMAGE;
}

/** The label of an image of ours, where docker has it. @param {string} image */
export async function imageRecipe(image) {
  const format = '{{index .Config.Labels "recipe"}}';
  const { code, stdout } = await capture("docker", ["image", "inspect", "--format", format, image]);
  return code === 0 ? stdout.trim() : undefined;
}

/** The file system as a tarball. @param {import('./progress.mjs').Progress} progress */
async function obtainRootfs(progress) {
  const libraries = await obtainTaskLibraries(progress);
  const dir = await ensureCached("python-image", RECIPE, async (target) => {
    if (process.getuid?.() !== 0)
      throw new SetupError(
        'The test image is made by debootstrap, which needs root: run "sudo -E npm run setup -- --only=image" once.',
      );
    await ensureCommands(["debootstrap"], progress);
    await progress.step("python image", "debootstrap (bookworm, python3)", () => debootstrap(target, libraries), {
      expect: "about 2 min cold",
    });
  });
  return join(dir, "rootfs.tar");
}

/** @param {string} dir @param {string} libraries */
async function debootstrap(dir, libraries) {
  const rootfs = join(dir, "rootfs");
  const log = { logFile: join(dir, "build.log") };
  await run("debootstrap", ["--variant=minbase", `--include=${PACKAGES}`, "bookworm", rootfs], log);
  await cp(libraries, join(rootfs, "usr/local/lib/python3.11/dist-packages"), { recursive: true });
  // Documentation and package lists are two thirds of what a task never reads.
  const waste = ["usr/share/doc", "usr/share/man", "usr/share/locale", "var/lib/apt/lists", "var/cache/apt/archives"];
  await run(
    "tar",
    ["-C", rootfs, ...waste.map((path) => `--exclude=./${path}/*`), "-cf", join(dir, "rootfs.tar"), "."],
    log,
  );
  await rm(rootfs, { recursive: true, force: true });
}
