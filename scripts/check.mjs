/**
 * npm run check: everything about the code that needs no Nomad. Every step runs, so that one run shows all there is to mend.
 *   --only=types,lint   just these
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { entry } from "./lib/errors.mjs";
import { findNode } from "./lib/node24.mjs";
import { createProgress, elapsed } from "./lib/progress.mjs";
import { createVenv, findPython, TEST_PACKAGES } from "./lib/python-env.mjs";
import { ROOT } from "./lib/root.mjs";
import { capture } from "./lib/run.mjs";

/** @typedef {{ name: string, command: string, args: string[], cwd?: string }} Step */

/** @param {string} node @param {string} python @returns {Step[]} */
function steps(node, python) {
  const tool = (/** @type {string} */ name, /** @type {string} */ path, /** @type {string[]} */ ...args) => ({
    name,
    command: node,
    args: [join(ROOT, "node_modules", path), ...args],
  });
  const py = (/** @type {string} */ name, /** @type {string[]} */ ...args) => ({
    name,
    command: python,
    args: ["-m", ...args],
    cwd: join(ROOT, "python"),
  });
  return [
    tool("types", "typescript/bin/tsc", "--noEmit"),
    tool("lint", "eslint/bin/eslint.js", "."),
    tool("format", "@biomejs/biome/bin/biome", "format", "."),
    tool("layers", "vitest/vitest.mjs", "run", "test/architecture"),
    tool("dead-code", "knip/bin/knip.js"),
    tool("exports", "publint/src/cli.js", "--strict"),
    tool("export-types", "@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--profile", "esm-only"),
    py("python-lint", "ruff", "check", "."),
    py("python-format", "ruff", "format", "--check", "."),
    py("python-types", "mypy"),
  ].filter(({ args }) => !args[0]?.startsWith("/") || existsSync(args[0]));
}

async function main() {
  const only = process.argv
    .find((word) => word.startsWith("--only="))
    ?.slice("--only=".length)
    .split(",");
  const progress = createProgress("check");
  const python = await createVenv(findPython(), "tests", TEST_PACKAGES, progress);
  const failed = [];
  for (const step of steps(findNode(ROOT), python)) {
    if (only && !only.includes(step.name)) continue;
    if (!(await runStep(step, progress))) failed.push(step.name);
  }
  if (failed.length === 0) return 0;
  progress.line(`failed: ${failed.join(", ")} (again alone: npm run check -- --only=${failed.join(",")})`);
  return 1;
}

/** @param {Step} step @param {import('./lib/progress.mjs').Progress} progress */
async function runStep({ name, command, args, cwd = ROOT }, progress) {
  const started = Date.now();
  const { code, stdout, stderr } = await capture(command, args, { cwd, env: { NO_COLOR: "1" } });
  progress.line(`${name}: ${code === 0 ? "ok" : "FAILED"} in ${elapsed(started)}`);
  if (code !== 0) process.stdout.write(`${stdout}${stderr}\n`);
  return code === 0;
}

await entry(main);
