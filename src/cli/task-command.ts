import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../core/host/system-clock.js";
import { runInProcess } from "../server/in-process.js";
import { parseProtocol, runFile } from "../server/protocol.js";
import { createLogger, openHost, originOf, stuckFileOf } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

/** `metaflow-nomad task RUNDIR REQUEST`: one attempt in this process, where no launch host could be started. */
export async function taskCommand(folder: string, request: string): Promise<number> {
  const run = parseProtocol(runFile, await readFile(join(folder, "run.json"), "utf8"));
  await using host = await openHost({ ...originOf(run), stuckFile: stuckFileOf(folder) }, createLogger());
  return await runInProcess(request, host, systemClock, untilInterrupted({ stdin: true }));
}
