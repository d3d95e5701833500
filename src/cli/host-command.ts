import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../core/contracts/logger.js";
import type { Host } from "../core/host/host.js";
import { systemClock } from "../core/host/system-clock.js";
import { HostServer } from "../server/host-server.js";
import { keepMetricsFile } from "../server/metrics-file.js";
import { parseProtocol, runFile } from "../server/protocol.js";
import { createLogger, openHost, originOf, stuckFileOf } from "./open-host.js";

/** `metaflow-nomad host RUNDIR`: the launch host of one Metaflow run; started by the extension, never by hand. */
export async function hostCommand(folder: string): Promise<number> {
  const run = parseProtocol(runFile, await readFile(join(folder, "run.json"), "utf8"));
  const logger = createLogger("warn");
  const host = openHost({ ...originOf(run), stuckFile: stuckFileOf(folder) }, logger);
  host.catch(() => undefined);
  const server = new HostServer({ folder, run, host, clock: systemClock, logger });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => server.stop(signal));
  const over = new AbortController();
  const kept = keepMetrics(host, logger, over.signal);
  await server.serve().finally(() => over.abort());
  await kept;
  return 0;
}

/** METAFLOW_NOMAD_METRICS_DIR names the folder of node_exporter's textfile collector. */
async function keepMetrics(opening: Promise<Host>, logger: Logger, signal: AbortSignal): Promise<void> {
  const folder = process.env["METAFLOW_NOMAD_METRICS_DIR"] ?? "";
  const host = await opening.catch(() => undefined);
  if (folder === "" || host === undefined) return;
  await keepMetricsFile({ folder, pid: process.pid, text: () => host.metrics, clock: systemClock, logger }, signal);
}
