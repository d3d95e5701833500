import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../core/host/system-clock.js";
import { HostServer } from "../server/host-server.js";
import { parseProtocol, runFile } from "../server/protocol.js";
import { createLogger, openHost, originOf } from "./open-host.js";

/** `metaflow-nomad host RUNDIR`: the launch host of one Metaflow run; started by the extension, never by hand. */
export async function hostCommand(folder: string): Promise<number> {
  const run = parseProtocol(runFile, await readFile(join(folder, "run.json"), "utf8"));
  const logger = createLogger("warn");
  const host = openHost(originOf(run), logger);
  host.catch(() => undefined);
  const server = new HostServer({ folder, run, host, clock: systemClock, logger });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => server.stop(signal));
  await server.serve();
  return 0;
}
