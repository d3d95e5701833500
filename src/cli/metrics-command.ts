import { refuse } from "../core/errors/refuse.js";
import { findHostFolders, readMetrics } from "../server/read-metrics.js";
import { say } from "./say.js";
import { untilInterrupted } from "./until-interrupted.js";

/** `metaflow-nomad metrics [FOLDER]`: what the launch host of a run has counted and timed, as OpenMetrics text. */
export async function metricsCommand(folder: string | undefined): Promise<number> {
  const signal = untilInterrupted();
  say(await readMetrics(folder ?? (await onlyHost()), signal));
  return 0;
}

async function onlyHost(): Promise<string> {
  const [first, ...others] = await findHostFolders();
  const why = "no run of yours is under way on this machine";
  if (first === undefined) throw refuse("folder", why, "Start a run; its launch host lives as long as it.");
  if (others.length === 0) return first;
  const folders = [first, ...others].join(", ");
  throw refuse("folder", "several runs are under way", `Name the folder of one: ${folders}.`);
}
