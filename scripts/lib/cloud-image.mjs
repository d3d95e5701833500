/** The Python image with the clients of Azure's and Google's stores, on top of the test image. */
import { createHash } from "node:crypto";
import { createProgress } from "./progress.mjs";
import { CLOUD_LIBRARIES, obtainCloudLibraries } from "./python-env.mjs";
import { ensurePythonImage, imageRecipe, TEST_IMAGE, TEST_IMAGE_RECIPE } from "./python-image.mjs";
import { run } from "./run.mjs";

export const CLOUD_IMAGE = `${TEST_IMAGE}-cloud`;

const RECIPE = createHash("sha256")
  .update([TEST_IMAGE_RECIPE, ...CLOUD_LIBRARIES, 2].join(" "))
  .digest("hex")
  .slice(0, 16);

/**
 * Makes sure that docker has the image; needs a running daemon.
 * @param {import('./progress.mjs').Progress} [progress] @returns {Promise<string>} its tag
 */
export async function ensureCloudImage(progress = createProgress("setup")) {
  await ensurePythonImage(progress);
  if ((await imageRecipe(CLOUD_IMAGE)) === RECIPE) return CLOUD_IMAGE;
  const libraries = await obtainCloudLibraries(progress);
  await progress.step(`image ${CLOUD_IMAGE}`, "adding the clients of azure and gs", () => build(libraries));
  return CLOUD_IMAGE;
}

/** Not `docker build`: its builder is a package of its own. @param {string} libraries */
async function build(libraries) {
  const container = (await run("docker", ["create", TEST_IMAGE])).trim();
  try {
    const site = "/usr/local/lib/python3.11/dist-packages";
    // A path that ends in "/." is what is in the folder.
    await run("docker", ["cp", `${libraries}/site/.`, `${container}:${site}`]);
    await run("docker", ["cp", `${libraries}/bin/.`, `${container}:/usr/local/bin`]);
    await run("docker", ["commit", "--change", `LABEL recipe=${RECIPE}`, container, CLOUD_IMAGE]);
  } finally {
    await run("docker", ["rm", container]);
  }
}
