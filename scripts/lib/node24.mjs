/**
 * The Node that things run on: the `node` package among the devDependencies, so that a machine's older Node does not matter.
 * With ignore-scripts that package silently stays empty, so the version is checked and not assumed.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SetupError } from "./errors.mjs";

const LEAST = 22;

/** The path of a Node that is new enough. @param {string} root the repository */
export function findNode(root) {
  const bundled = join(root, "node_modules", ".bin", "node");
  for (const candidate of [bundled, process.execPath]) {
    if (existsSync(candidate) && majorOf(candidate) >= LEAST) return candidate;
  }
  const seen = existsSync(bundled)
    ? `node_modules/.bin/node is ${majorOf(bundled) || "unusable"}`
    : "node_modules/.bin/node is missing";
  throw new SetupError(
    `Node ${LEAST} or newer is needed; this is ${process.version} and ${seen}. Run "npm ci --ignore-scripts=false", or install Node 24.`,
  );
}

/** The environment in which every child finds that Node first. @param {string} root @returns {Record<string, string>} */
export function nodeEnv(root) {
  return { PATH: [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter) };
}

/** @param {string} node */
function majorOf(node) {
  const { stdout } = spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" });
  return Number.parseInt(stdout ?? "", 10) || 0;
}
