/**
 * npm test: sets up what is missing, then runs every suite within its budget.
 *   --suite=check,unit,int,e2e   just these ("unit" has a Python half, "unit-py")
 *   --slow=2                     twice the minutes, for a slow machine
 * The last line is "N passed, N failed". With CI=true a skipped test counts as a failed one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entry, SetupError } from "./lib/errors.mjs";
import { ensureNodeModules } from "./lib/install.mjs";
import { findNode, nodeEnv } from "./lib/node24.mjs";
import { createProgress, elapsed } from "./lib/progress.mjs";
import { createVenv, findPython, TEST_PACKAGES } from "./lib/python-env.mjs";
import { ROOT } from "./lib/root.mjs";
import { capture } from "./lib/run.mjs";
import { SUITES } from "./lib/suites.mjs";
import { setUp } from "./setup.mjs";

/** @typedef {import('./lib/suites.mjs').Suite} Suite */
/** @typedef {{ suite: Suite, passed: number, failed: number, skipped: number, again: string[], note: string, took: string }} Result */

const progress = createProgress("test");

/** @param {string} name */
function option(name) {
  return process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function chosenSuites() {
  const names = option("suite")?.split(",") ?? SUITES.map((suite) => suite.name);
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0)
    throw new SetupError(
      `Unknown suite: ${unknown.join(", ")}. Known are ${SUITES.map((suite) => suite.name).join(", ")}.`,
    );
  return SUITES.filter((suite) => names.some((name) => suite.name === name || suite.name.startsWith(`${name}-`)));
}

async function main() {
  const suites = chosenSuites();
  await ensureNodeModules(ROOT, progress); // first: everything else may need it
  const node = findNode(ROOT);
  // What cannot be had fails the suites that need it; the others still run.
  await setUp([...new Set(suites.flatMap((suite) => suite.parts))]).catch(() => {});
  const reports = mkdtempSync(join(tmpdir(), "metaflow-nomad-test-"));
  try {
    const run = (/** @type {Suite} */ suite, /** @type {boolean} */ named) =>
      runSuite(suite, { node, report: join(reports, suite.name), named });
    const results = [];
    for (const number of new Set(suites.map((suite) => suite.stage))) {
      const stage = suites.filter((suite) => suite.stage === number);
      results.push(...(await Promise.all(stage.map((suite) => run(suite, stage.length > 1)))));
    }
    return summarize(results);
  } finally {
    rmSync(reports, { recursive: true, force: true });
    const { sweepStale } = await import("../test/support/cluster/index.mjs");
    await sweepStale(); // a suite that was stopped may have left agents
  }
}

/**
 * @param {Suite} suite @param {{ node: string, report: string, named: boolean }} how `named`: whether each line says whose it is
 * @returns {Promise<Result>}
 */
async function runSuite(suite, how) {
  const started = Date.now();
  const done = (/** @type {Omit<Result, 'suite' | 'took'>} */ outcome) => ({
    suite,
    took: elapsed(started),
    ...outcome,
  });
  try {
    await setUp(suite.parts);
    const python = suite.parts.includes("python") ? await createVenv(findPython(), "tests", TEST_PACKAGES) : "";
    return done(await runCommand(suite, { ...how, python }));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stdout.write(`${error.message}\n`);
    return done({ passed: 0, failed: 1, skipped: 0, again: [], note: "could not be set up" });
  }
}

/** @param {Suite} suite @param {{ node: string, python: string, report: string, named: boolean }} tools */
async function runCommand(suite, tools) {
  const minutes = suite.minutes * Number(option("slow") ?? 1);
  progress.line(`${suite.name}: running (${suite.what}; at most ${minutes} min)`);
  const [command, args] = suite.command(tools);
  const budget = AbortSignal.timeout(minutes * 60_000);
  const env = { ...nodeEnv(ROOT), METAFLOW_NOMAD_PYTHON_TOOLS: tools.python || undefined, NO_COLOR: "1" };
  const { code } = await capture(command, args, {
    cwd: ROOT,
    env,
    signal: budget,
    onLine: (line) => process.stdout.write(tools.named ? `${suite.name}  ${line}\n` : `${line}\n`),
  });
  return judge(suite, tools.report, code, budget.aborted ? minutes : 0);
}

/**
 * An exit code without a failed test still is a failure, and so is a suite in which nothing ran.
 * @param {Suite} suite @param {string} report @param {number} code @param {number} exceeded the budget in minutes, when it was used up
 */
function judge(suite, report, code, exceeded) {
  if (!suite.totals)
    return {
      passed: 0,
      failed: code === 0 ? 0 : 1,
      skipped: 0,
      again: [],
      note: code === 0 ? "ok" : `exit code ${code}`,
    };
  const totals = suite.totals(report) ?? { passed: 0, failed: 0, skipped: 0, again: [] };
  const skippedCount = process.env.CI === "true" ? totals.skipped : 0;
  const failed = totals.failed + skippedCount;
  const note = exceeded
    ? `stopped after ${exceeded} min`
    : failed + totals.passed === 0
      ? "no tests ran"
      : skippedCount
        ? "skipped tests count as failed in CI"
        : code !== 0 && failed === 0
          ? `exit code ${code}`
          : "";
  return { ...totals, failed: note && failed === 0 ? 1 : failed, note };
}

/** @param {Result[]} results */
function summarize(results) {
  process.stdout.write("\n");
  for (const { suite, passed, failed, skipped, again, took, note } of results) {
    const counts = suite.totals
      ? `${passed} passed, ${failed} failed, ${skipped} skipped`
      : failed
        ? "failed"
        : "passed";
    process.stdout.write(`${suite.name.padEnd(8)} ${counts} in ${took}${note && note !== "ok" ? ` (${note})` : ""}\n`);
    for (const test of again) process.stdout.write(`         tried twice: ${test}\n`);
  }
  const total = (/** @type {'passed' | 'failed'} */ key) => results.reduce((sum, result) => sum + result[key], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  return total("failed") === 0 && results.length > 0 ? 0 : 1;
}

await entry(main);
// What ended is told by the exit code; a detached helper must not keep the command open.
process.exit();
