/** Vault, whose development server the tests of `vault` talk to. Its smallest build: key-value store and JWT login are in it. */
import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureCached } from "./cache.mjs";
import { SetupError } from "./errors.mjs";
import { GO_ENV, goCommand } from "./go.mjs";
import { createProgress } from "./progress.mjs";
import { run } from "./run.mjs";

const VERSION = "1.21.4";
const PATH = "github.com/hashicorp/vault";
/** Modules of the same repository; its own go.mod points beside itself, where a module's zip has nothing. */
const MODULES = {
  api: "v1.22.0",
  sdk: "v0.21.0",
  "api/auth/approle": "v0.11.0",
  "api/auth/kubernetes": "v0.10.0",
  "api/auth/userpass": "v0.10.0",
};
/** What the published sdk lacks, or has otherwise, than the sources it was released with: file, text, text instead. */
const EDITS = /** @type {const} */ ([
  ["builtin/logical/transit/path_restore.go", "restoredKeyName, err := b.lm", "err := b.lm"],
  ["builtin/logical/transit/path_restore.go", '"key_name": restoredKeyName', '"key_name": keyName'],
  ["vault/logical_system_activation_flags.go", "ActivationFunc(ctx, nil)", 'ActivationFunc(ctx, nil, "")'],
  [
    "vault/identity_store.go",
    "ActivationFunc: iStore.activateDeduplication,",
    "ActivationFunc: func(ctx context.Context, req *logical.Request, _ string) error { return iStore.activateDeduplication(ctx, req) },",
  ],
]);

/** The path of the vault binary. @param {import('./progress.mjs').Progress} [progress] */
export async function obtainVault(progress = createProgress("setup")) {
  const dir = await ensureCached(`vault-${VERSION}`, `${VERSION} 1`, async (target) => {
    await progress.step(`vault ${VERSION}`, "building", () => build(target), { expect: "about 4 min cold" });
  });
  return join(dir, "vault");
}

/** @param {string} target */
async function build(target) {
  const logFile = join(target, "build.log");
  const [sources, module] = [join(target, "src"), join(target, "module")];
  await mkdir(module, { recursive: true });
  const download = ["mod", "download", "-json", `${PATH}@v${VERSION}`];
  const { Dir } = JSON.parse(await run(goCommand(), download, { cwd: module, env: GO_ENV }));
  await copySources(Dir, sources);
  await writeModule(Dir, module, sources, logFile);
  const flags = ["build", "-tags", "minimal", "-ldflags", "-s -w", "-o", join(target, "vault"), PATH];
  await run(goCommand(), flags, { cwd: module, env: GO_ENV, logFile });
  await rm(sources, { recursive: true, force: true });
}

/** @param {string} from the module cache's copy, which is read-only @param {string} to */
async function copySources(from, to) {
  const bulky = ["ui", "website", "changelog"].map((name) => join(from, name));
  await cp(from, to, { recursive: true, filter: (path) => !bulky.includes(path) });
  await run("chmod", ["-R", "u+w", to]);
  for (const [file, text, instead] of EDITS) {
    const before = await readFile(join(to, file), "utf8");
    if (!before.includes(text)) throw new SetupError(`Vault ${VERSION} is not what it was: ${file} lacks ${text}`);
    await writeFile(join(to, file), before.replace(text, instead));
  }
}

/** @param {string} from @param {string} dir @param {string} sources @param {string} logFile */
async function writeModule(from, dir, sources, logFile) {
  for (const file of ["go.mod", "go.sum"]) {
    await copyFile(join(from, file), join(dir, file));
    await chmod(join(dir, file), 0o644);
  }
  const modules = Object.entries(MODULES).flatMap(([name, version]) => [
    `-dropreplace=${PATH}/${name}`,
    `-require=${PATH}/${name}@${version}`,
  ]);
  const edits = ["-module=metaflow-nomad.invalid/vault-build", `-require=${PATH}@v${VERSION}`, ...modules];
  const options = { cwd: dir, env: GO_ENV, logFile };
  await run(goCommand(), ["mod", "edit", ...edits, `-replace=${PATH}=${sources}`], options);
  await writeFile(join(dir, "doc.go"), "package build\n");
}
