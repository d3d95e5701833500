/** npm run check [GATE…]: the one gate. Types, lint, format, layers, dead code, package exports, and the Python side. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { entry } from "./lib/errors.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { findNode } from "./lib/node24.mjs";
import { createProgress } from "./lib/progress.mjs";
import { createVenv, findPython, TEST_PACKAGES } from "./lib/python-env.mjs";
import { ROOT } from "./lib/root.mjs";

const progress = createProgress("check");

/** Where Python stands. */
const PYTHON = ["python", "test/seeds", "examples"];

/**
 * Each gate: what it holds, the command that says so, and the folder to run it in.
 * @param {string} node @param {string} python @returns {[string, string[], string?][]}
 */
function gatesOf(node, python) {
  const tool = (/** @type {string} */ file, /** @type {string[]} */ ...args) => [
    node,
    join(ROOT, "node_modules", file),
    ...args,
  ];
  return [
    ["build", [node, join(ROOT, "scripts/build.mjs")]],
    ["types", tool("typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json")],
    ["lint", tool("eslint/bin/eslint.js", ".", "--max-warnings=0")],
    ["format", tool("prettier/bin/prettier.cjs", "--check", "--log-level=warn", ".")],
    ["layers", tool("vitest/vitest.mjs", "run", "--project=unit", "test/architecture")],
    ["dead code", tool("knip/bin/knip.js")],
    ["package", tool("publint/src/cli.js", "--strict")],
    ["exports", tool("@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--profile", "esm-only")],
    ["python lint", [python, "-m", "ruff", "check", ...PYTHON]],
    ["python format", [python, "-m", "ruff", "format", "--check", ...PYTHON]],
    ["python types", [python, "-m", "mypy"], "python"],
  ];
}

/** @param {string[]} command @param {string} folder */
function passes([command = "", ...args], folder) {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: join(ROOT, folder), encoding: "utf8", env });
  return { ok: status === 0, said: `${stdout}${stderr}`.trimEnd() };
}

async function main() {
  await ensureNodeModules(ROOT, progress);
  const python =
    process.env.METAFLOW_NOMAD_PYTHON_TOOLS || (await createVenv(findPython(), "tests", TEST_PACKAGES, progress));
  const wanted = process.argv.slice(2);
  const failed = [];
  for (const [name, command, folder = "."] of gatesOf(findNode(ROOT), python)) {
    if (wanted.length > 0 && !wanted.some((word) => name.startsWith(word))) continue;
    const started = performance.now();
    const { ok, said } = passes(command, folder);
    progress.line(`${name}: ${ok ? "ok" : "FAILED"} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    if (!ok) failed.push(name) && console.log(said);
  }
  progress.line(failed.length === 0 ? "all ok" : `failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

await entry(main);
