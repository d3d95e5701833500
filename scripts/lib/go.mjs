/** What the Go builds share: is Go there, and a module directory that pins everything as Nomad's own go.mod does. */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SetupError } from "./errors.mjs";
import { run, which } from "./run.mjs";

/** The environment every Go build runs in: go.mod may be completed, no VCS stamp is looked for. */
export const GO_ENV = { GOFLAGS: "-mod=mod -buildvcs=false", CGO_ENABLED: process.env.CGO_ENABLED ?? "1" };

/** The go command, or a sentence about how to get it. */
export function goCommand() {
  const go = which("go") ?? ["/usr/local/go/bin/go"].find((path) => existsSync(path));
  if (go) return go;
  throw new SetupError(
    'Go is needed to build the real parts (Nomad, rclone) and was not found. Install Go 1.24 or newer (https://go.dev/dl/), or put a "nomad" of at least 1.7.7 on PATH.',
  );
}

/**
 * A Go module that requires Nomad and restates its pinned dependency list: a replace line of a dependency does not
 * count in the module that requires it, and `go install module@version` refuses a module that has any.
 * @param {string} dir @param {{ version: string, api: string }} release @param {string} logFile
 */
export async function writeNomadModule(dir, { version, api }, logFile) {
  const go = goCommand();
  await mkdir(dir, { recursive: true });
  const options = { cwd: dir, env: GO_ENV, logFile };
  const info = JSON.parse(
    await run(go, ["mod", "download", "-json", `github.com/hashicorp/nomad@v${version}`], {
      ...options,
      logFile: undefined,
    }),
  );
  for (const file of ["go.mod", "go.sum"]) {
    await copyFile(join(info.Dir, file), join(dir, file));
    await chmod(join(dir, file), 0o644); // the module cache is read-only
  }
  const edits = ["-module=metaflow-nomad.invalid/nomad-build", "-dropreplace=github.com/hashicorp/nomad/api"];
  edits.push(`-require=github.com/hashicorp/nomad@v${version}`, `-require=github.com/hashicorp/nomad/api@${api}`);
  await run(go, ["mod", "edit", ...edits], options);
  await writeFile(join(dir, "doc.go"), "package build\n");
}

/**
 * Builds a plugin of Nomad's against that Nomad, as `<dir>/plugins/<name>`.
 * @param {string} dir @param {{ version: string, api: string }} release
 * @param {{ name: string, package: string, source?: string }} plugin `package`: its import path; `source`: a main.go of ours, put there first
 */
export async function buildNomadPlugin(dir, release, { name, package: path, source }) {
  const logFile = join(dir, "build.log");
  const cwd = join(dir, "module");
  await writeNomadModule(cwd, release, logFile);
  await mkdir(join(dir, "plugins"), { recursive: true });
  if (source) {
    await mkdir(join(cwd, path), { recursive: true });
    await copyFile(source, join(cwd, path, "main.go"));
  }
  const out = join(dir, "plugins", name);
  await run(goCommand(), ["build", "-ldflags", "-s -w", "-o", out, path], { cwd, env: GO_ENV, logFile });
}
