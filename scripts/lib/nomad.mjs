/** The nomad binary: the one on PATH where it will do, else built from the Go module proxy and cached. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { installPackages } from "./apt.mjs";
import { SetupError } from "./errors.mjs";
import { GO_ENV, goCommand, writeNomadModule } from "./go.mjs";
import { createProgress } from "./progress.mjs";
import { capture, run, which } from "./run.mjs";

export const DEFAULT_NOMAD = "1.11.0";
export const OLDEST_NOMAD = "1.7.7";

/** Each Nomad release and the version of its API module (a replace line in its own go.mod, which we cannot inherit). */
const RELEASES = /** @type {Record<string, string>} */ ({
  "1.11.0": "v0.0.0-20260907080526-08ef8f3d26da",
  "1.7.7": "v0.0.0-20240418183417-ea5f2f6748c7",
});

/** @param {string} version @returns {{ version: string, api: string }} */
export function nomadRelease(version) {
  const api = RELEASES[version];
  if (api) return { version, api };
  throw new SetupError(
    `Nomad ${version} cannot be built here; known are ${Object.keys(RELEASES).join(" and ")}. Give the path of a nomad binary instead.`,
  );
}

/**
 * The path of a nomad binary.
 * @param {string} [version] an exact release (tests); without one, any `nomad` on PATH that is new enough will do
 * @param {import('./progress.mjs').Progress} [progress]
 */
export async function obtainNomad(version, progress = createProgress("setup")) {
  if (version?.includes("/")) return version;
  const found = which("nomad");
  const onPath = found ? await versionOf(found) : undefined;
  if (found && onPath && (version ? onPath === version : isAtLeast(onPath, OLDEST_NOMAD))) return found;
  if (found && !version)
    progress.line(
      `nomad on PATH is ${onPath ?? "unreadable"}, older than ${OLDEST_NOMAD}: building ${DEFAULT_NOMAD} instead`,
    );
  return buildNomad(version ?? DEFAULT_NOMAD, progress);
}

/** @param {string} version @param {import('./progress.mjs').Progress} progress */
async function buildNomad(version, progress) {
  const release = nomadRelease(version);
  const dir = await ensureCached(`nomad-${version}`, `${version} ${release.api} 1`, async (target) => {
    if (!which("gcc")) await installPackages(["gcc", "libc6-dev"], progress); // cgo: user lookup and the exec driver's nsenter
    await progress.step(`nomad ${version}`, "building", () => goBuild(target, release), { expect: "about 4 min cold" });
  });
  return join(dir, "nomad");
}

/** @param {string} dir @param {{ version: string, api: string }} release */
async function goBuild(dir, release) {
  const logFile = join(dir, "build.log");
  await mkdir(dir, { recursive: true });
  await writeNomadModule(join(dir, "module"), release, logFile);
  const out = join(dir, "nomad");
  // Without symbol tables the binary is a third smaller, which every agent and executor start feels.
  const build = ["build", "-ldflags", "-s -w", "-o", out, "github.com/hashicorp/nomad"];
  await run(goCommand(), build, { cwd: join(dir, "module"), env: GO_ENV, logFile });
  if ((await versionOf(out)) !== release.version)
    throw new SetupError(`The nomad built at ${out} does not report version ${release.version}.`);
}

/** "1.11.0" of "Nomad v1.11.0-dev". @param {string} binary */
export async function versionOf(binary) {
  const { stdout } = await capture(binary, ["version"]).catch(() => ({ stdout: "" }));
  return /Nomad v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

/** @param {string} version @param {string} least */
function isAtLeast(version, least) {
  const a = version.split(".").map(Number);
  const b = least.split(".").map(Number);
  const different = a.findIndex((part, i) => part !== b[i]);
  return different === -1 || /** @type {number} */ (a[different]) > /** @type {number} */ (b[different]);
}
