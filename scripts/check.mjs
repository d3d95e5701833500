// The one gate: types, lint, format, layers, dead code, package exports, and the Python side.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const local = join(root, "node_modules/.bin/node");
const node = existsSync(local) ? local : process.execPath;
const tool = (file, ...args) => [node, join(root, "node_modules", file), ...args];
const python = process.env.METAFLOW_NOMAD_PYTHON_TOOLS ?? "python3";

/** Each gate: what it holds, and the command that says so. */
const gates = [
  ["build", [node, join(root, "scripts/build.mjs")]],
  ["types", tool("typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json")],
  ["lint", tool("eslint/bin/eslint.js", ".", "--max-warnings=0")],
  ["format", tool("prettier/bin/prettier.cjs", "--check", "--log-level=warn", ".")],
  ["layers", tool("vitest/vitest.mjs", "run", "--project=unit", "test/architecture")],
  ["dead code", tool("knip/bin/knip.js")],
  ["package", tool("publint/src/cli.js", "--strict")],
  ["exports", tool("@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--profile", "esm-only")],
  ["python lint", [python, "-m", "ruff", "check", "python"]],
  ["python format", [python, "-m", "ruff", "format", "--check", "python"]],
  [
    "python types",
    [
      python,
      "-m",
      "mypy",
      "--config-file",
      "python/pyproject.toml",
      "python/metaflow_extensions",
      "python/metaflow_nomad",
    ],
  ],
];

const wanted = process.argv.slice(2);
const failed = [];
for (const [name, [command, ...args]] of gates) {
  if (wanted.length > 0 && !wanted.some((word) => name.startsWith(word))) continue;
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`check  ${name}: ${status === 0 ? "ok" : "FAILED"} (${seconds} s)`);
  if (status === 0) continue;
  failed.push(name);
  console.log(`${stdout}${stderr}`.trimEnd());
}
console.log(failed.length === 0 ? "check  all ok" : `check  failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
