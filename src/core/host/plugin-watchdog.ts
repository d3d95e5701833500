import { url as debuggerUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import type { PluginEntry } from "../config/load-sites.js";
import { describeError, LauncherError } from "../errors/launcher-error.js";
import type { PluginPlace } from "./plugin-places.js";

/** How long a plugin may keep the launcher busy at a stretch where its entry does not say, in seconds. */
const usualSeconds = 30;

/** What is watched for. */
export interface WatchdogParts {
  /** Plugins that the config file lists. */
  readonly entries: readonly PluginEntry[];
  /** Where those of them lie that are loaded. */
  readonly places: readonly PluginPlace[];
  /** Where it is noted which plugin a host was ended for, for the host that comes after it. Default: nowhere. */
  readonly stuckFile?: string | undefined;
}

/**
 * A thread that notices when the main one does not come back from a plugin: nothing else could, for a loop leaves no turn to anybody.
 *
 * Every second the main thread is asked for a sign of life. While there is none, the thread looks what is under way there, as a debugger
 * does. A plugin is told of after a third of its patience, and ends this process after all of it; what is no plugin's is let alone.
 * A person who debugs is let alone, too.
 */
export function watchPlugins({ entries, places, stuckFile }: WatchdogParts): Disposable {
  if (places.length === 0 || debuggerUrl() !== undefined) return { [Symbol.dispose]: () => undefined };
  const known = places.map((place) => ({ ...place, ...lawsOf(entries.find(({ use }) => use === place.plugin)) }));
  const beats = new Int32Array(new SharedArrayBuffer(8));
  const code = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const worker = new Worker(code, { workerData: { beats, known, stuckFile }, execArgv: [] });
  worker.on("message", () => {
    Atomics.add(beats, 0, 1);
    Atomics.notify(beats, 0);
  });
  // A launcher that cannot be watched works all the same.
  worker.on("error", () => undefined);
  worker.unref();
  return { [Symbol.dispose]: () => void worker.terminate() };
}

/** What becomes of a plugin that does not come back: after how long, and what is said. */
function lawsOf({ use, place, patienceSeconds = usualSeconds }: PluginEntry = { use: "", required: true }) {
  const plugin = place === undefined ? use : `${use} (${place})`;
  const reason = `it has kept the launcher busy for ${patienceSeconds} s`;
  const error = new LauncherError("NOMAD_E_PLUGIN_FAILED", { plugin, what: "{place}", reason });
  const notice = `Plugin ${plugin} keeps the launcher busy: for {seconds} s now, in {place}. It may take ${patienceSeconds} s.`;
  return {
    patience: patienceSeconds * 1_000,
    reason,
    notice,
    end: `${describeError(error)} The launcher ends itself.`,
  };
}

/** What the thread does. Its waits are `Atomics.wait`, which blocks it and nobody else. */
const source = `
import { appendFileSync, writeSync } from "node:fs";
import { Session } from "node:inspector";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
const { beats, known, stuckFile } = workerData;
const slice = 250;
const first = Math.min(...known.map(({ patience }) => patience));

async function underWay(seen) {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map();
  let frames;
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params }) => {
    frames = params.callFrames;
    session.post("Debugger.resume");
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
  while (frames === undefined && Atomics.load(beats, 0) === seen) await delay(20);
  session.disconnect();
  return (frames ?? []).map(({ functionName, location }) => ({
    name: functionName || "a function",
    url: urls.get(location.scriptId) ?? "",
    line: location.lineNumber + 1,
  }));
}

/** As \`ownerOf\` has it. */
function isOf(url, root, { others }) {
  const rest = url.slice(root.length);
  return url.startsWith(root) && (rest === "" || !others.test(rest));
}

/** The innermost function that is a plugin's. */
function culprit(frames) {
  for (const frame of frames) {
    const own = known.flatMap((one) => one.roots.filter((root) => isOf(frame.url, root, one)).map((root) => [root, one]));
    const [best] = own.sort(([a], [b]) => b.length - a.length);
    if (best !== undefined) return { ...best[1], place: frame.name + " (" + fileURLToPath(frame.url) + ":" + frame.line + ")" };
  }
}

const told = new Set();
async function look(seen, waited) {
  const found = culprit(await underWay(seen));
  if (found === undefined || Atomics.load(beats, 0) !== seen) return;
  const { plugin, patience, place, reason } = found;
  const say = (text) => writeSync(2, text.replace("{place}", place).replace("{seconds}", Math.round(waited / 1000)) + "\\n");
  if (waited >= patience) {
    if (stuckFile !== undefined) appendFileSync(stuckFile, JSON.stringify({ use: plugin, what: place, reason }) + "\\n", { mode: 0o600 });
    say(found.end);
    process.kill(process.pid, "SIGKILL");
  }
  if (told.has(plugin) || waited < patience / 3) return;
  say(found.notice);
  told.add(plugin);
}

for (;;) {
  const seen = Atomics.load(beats, 0);
  parentPort.postMessage("beat");
  // Slices, for a process that was stopped for an hour has waited one of them only.
  for (let waited = slice; Atomics.wait(beats, 0, seen, slice) === "timed-out"; waited += slice)
    if (waited >= first / 3 && (waited % 1000 === 0 || first < 1000)) await look(seen, waited);
  Atomics.wait(beats, 1, 0, 1000);
}
`;
