/** The suites of npm test: how each is run, within how many minutes, and how its totals are read. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number, again: string[] }} Totals `again`: the tests that were tried twice
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} what
 * @property {number} minutes the budget
 * @property {string[]} parts the real parts it needs (names of scripts/setup.mjs)
 * @property {(tools: { node: string, python: string, report: string }) => [string, string[]]} command
 * @property {number} stage those of one stage run side by side: no longer than the longest, as long as they leave each other a core
 * @property {(report: string) => Totals | undefined} [totals] undefined: no report was written
 */

const VITEST = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const vitest =
  (/** @type {string[]} */ ...args) =>
  (/** @type {{ node: string, report: string }} */ { node, report }) =>
    /** @type {[string, string[]]} */ ([
      node,
      [VITEST, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args],
    ]);

/** In CI what runs on real parts is tried twice before it counts as failed, and that is told: docs/decisions/0015-second-try.md. */
const SECOND_TRY = process.env.CI === "true";

/** A test on real parts mostly waits for them: two files at a time keep two cores half busy. */
const TWO_AT_A_TIME = ["-n", "2", "--dist", "loadfile"];

/** pytest on directories, with Python's own configuration (python/pyproject.toml). */
const pytest =
  (/** @type {string[]} */ dirs, /** @type {string[]} */ options = []) =>
  (/** @type {{ python: string, report: string }} */ { python, report }) =>
    /** @type {[string, string[]]} */ ([
      python,
      [
        "-m",
        "pytest",
        "-v",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        join(ROOT, "python"),
        `--junitxml=${report}`,
        ...options,
        ...dirs.map((dir) => join(ROOT, dir)),
      ],
    ]);

/** @type {Suite[]} */
export const SUITES = [
  {
    name: "check",
    stage: 1,
    what: "types, lint, format, layers",
    minutes: 5,
    parts: ["npm", "python"],
    command: () => ["npm", ["run", "--silent", "check"]],
  },
  {
    name: "unit-py",
    stage: 1,
    what: "pytest",
    minutes: 3,
    parts: ["npm", "python"],
    command: pytest(["python/tests/unit"]),
    totals: readJunit,
  },
  {
    name: "unit",
    stage: 2,
    what: "vitest",
    minutes: 5,
    parts: ["npm"],
    command: vitest("--project=unit"),
    totals: readVitest,
  },
  {
    name: "int-alone",
    stage: 3,
    what: "vitest on real Nomad agents, with nothing beside",
    minutes: 12,
    parts: ["npm", "nomad", "nomad-oldest", "dist"],
    command: vitest("--project=alone", ...(SECOND_TRY ? ["--retry=1"] : [])),
    totals: readVitest,
  },
  {
    name: "int",
    stage: 4,
    what: "vitest on real Nomad agents",
    minutes: 55,
    parts: [
      "npm",
      "nomad",
      "nomad-oldest",
      "devices",
      "rclone",
      "cni",
      "vault",
      "redis",
      "libraries",
      "docker",
      "image",
      "dist",
    ],
    command: vitest("--project=integration", ...(SECOND_TRY ? ["--retry=1"] : [])),
    totals: readVitest,
  },
  {
    name: "e2e",
    stage: 4,
    what: "pytest, real flows",
    minutes: 55,
    parts: [
      ...["npm", "python", "nomad", "nomad-oldest", "devices", "libraries", "docker", "image", "cloud-image", "dist"],
      ...["rclone", "azurite", "fake-gcs"],
    ],
    command: pytest(["python/tests/e2e", "test/seeds"], [...TWO_AT_A_TIME, ...(SECOND_TRY ? ["--reruns=1"] : [])]),
    totals: readJunit,
  },
];

/** @param {string} report @returns {Totals | undefined} */
function readVitest(report) {
  if (!existsSync(report)) return undefined;
  const json = JSON.parse(readFileSync(report, "utf8"));
  // A file that cannot even be loaded has no tests that fail.
  const broken = json.testResults.filter(
    (/** @type {any} */ file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  const tests = json.testResults.flatMap((/** @type {any} */ file) => file.assertionResults);
  const again = tests.filter((/** @type {any} */ test) => test.status === "passed" && test.failureMessages.length > 0);
  return {
    again: again.map((/** @type {any} */ test) => test.fullName),
    passed: json.numPassedTests,
    failed: json.numFailedTests + broken,
    skipped: json.numPendingTests + json.numTodoTests,
  };
}

/** @param {string} report @returns {Totals | undefined} */
function readJunit(report) {
  if (!existsSync(report)) return undefined;
  const xml = readFileSync(report, "utf8");
  const again = [...xml.matchAll(/<property name="tried twice" value="([^"]*)"/g)].map(([, test = ""]) => test);
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? "";
  const count = (/** @type {string} */ name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  return { passed: count("tests") - failed - count("skipped"), failed, skipped: count("skipped"), again };
}
