import type { NomadWatcher, Sighting, WatcherParts, WatchScope } from "../../core/contracts/watcher.js";
import { Growth } from "./growth.js";
import { listJobs } from "./list-jobs.js";
import { News, sleepOrGrow } from "./pace.js";
import { supervise } from "./supervise.js";

/** Pause between two looks, in milliseconds: shortest after news, then longer and longer. */
const shortestMs = 500;
const longestMs = 3_000;
const growthFactor = 1.5;

/** Lists the scope's jobs again and again. The last rung: it needs nothing but plain requests. */
export function createPollWatcher(parts: WatcherParts): NomadWatcher {
  return {
    name: "poll",
    watch: (scope, signal) => supervise((report, ended) => poll(parts, scope, report, ended), signal),
  };
}

async function poll(
  { transport, clock }: WatcherParts,
  scope: WatchScope,
  report: (sighting: Sighting) => void,
  signal: AbortSignal,
) {
  const growth = new Growth(scope);
  const news = new News();
  for (let pause = shortestMs; ; pause = Math.min(longestMs, pause * growthFactor)) {
    const sighting = await listJobs(transport, scope, growth.all(), signal);
    if (news.isNew(sighting)) {
      report(sighting);
      pause = shortestMs;
    }
    await sleepOrGrow(pause, clock, growth, signal);
  }
}
