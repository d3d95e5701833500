/**
 * Real parts for other languages (pytest): starts what its one JSON argument says, prints one JSON line, and stops everything when stdin ends.
 *   node cli.mjs '{"agent": {"version": "1.11.0", "exec": true}, "s3": {}}'
 * The line: {"agent": {address, env, dir, token, nodeId, nomadBinary, …}, "s3": {endpoint, env, …}}
 */
import { startAgent, startAzure, startGs, startS3, sweepStale } from "./index.mjs";

const wanted = JSON.parse(process.argv[2] ?? "{}");
/** @type {{ stop(): Promise<void> }[]} */
const running = [];
let stopping = false;

/** @param {number} code */
async function stopAll(code) {
  if (stopping) return;
  stopping = true;
  await Promise.allSettled(running.map((part) => part.stop()));
  process.exit(code);
}

process.stdin.on("end", () => stopAll(0)).resume();
process.once("SIGTERM", () => stopAll(143));
process.once("SIGINT", () => stopAll(130));

/** @template {{ stop(): Promise<void> }} T @param {Promise<T>} part @returns {Promise<T>} */
async function keep(part) {
  const started = await part;
  running.push(started);
  return started;
}

try {
  await sweepStale();
  const agent = wanted.agent ? await keep(startAgent(wanted.agent)) : undefined;
  const s3 = wanted.s3 ? await keep(startS3(wanted.s3)) : undefined;
  const azure = wanted.azure ? await keep(startAzure()) : undefined;
  const gs = wanted.gs ? await keep(startGs()) : undefined;
  const { address, env, dir, token, nodeId, nomadBinary, version, pid, logFile, tls } = agent ?? {};
  const shown = agent ? { address, env, dir, token, nodeId, nomadBinary, version, pid, logFile, tls } : undefined;
  process.stdout.write(`${JSON.stringify({ agent: shown, s3, azure, gs })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  await stopAll(1);
}
