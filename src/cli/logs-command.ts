import type { LogSink, LogStream } from "../core/contracts/log-sink.js";
import { refuse } from "../core/errors/refuse.js";
import { mainTask } from "../core/launch/request-to-draft.js";
import { readShown, type ShownJob } from "../core/show/read-shown.js";
import { writeOut } from "../server/write-out.js";
import { findAllocations } from "./find-allocation.js";
import { openHostHere } from "./open-host.js";
import { warn } from "./say.js";
import { leftCode, untilInterrupted } from "./until-interrupted.js";

export interface LogsOptions {
  readonly site?: string;
  readonly namespace?: string;
  /** Default: the main task. */
  readonly task?: string;
  readonly follow?: boolean;
  readonly only?: LogStream;
}

/** `metaflow-nomad logs ID`: what a task has printed; with `--follow`, until it ends. */
export async function logsCommand(id: string, options: LogsOptions): Promise<number> {
  const signal = untilInterrupted();
  await using host = await openHostHere();
  const launcher = host.site(options.site);
  const { site, transport } = launcher;
  const place = { namespace: options.namespace ?? site.defaults.namespace, region: site.region };
  const [newest] = await findAllocations(id, place, transport, signal);
  if (newest === undefined) return 1;
  const shown = { any: false, lost: false };
  const { job } = await readShown({ ...place, jobId: newest.JobID }, undefined, transport, signal);
  const task = {
    allocationId: newest.ID,
    jobId: newest.JobID,
    task: taskOf(job, options.task),
    namespace: newest.Namespace,
    region: place.region,
    sink: printed(options.only, () => (shown.any = true)),
    follow: options.follow === true,
    onLoss: (reason: string) => {
      shown.lost = true;
      warn(`Some output may be missing: ${reason.replace(/\.$/, "")}.\n`);
    },
  };
  try {
    await launcher.copyLogs(task, signal);
  } catch (error) {
    // Ctrl-C is how one leaves a follow.
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) return leftCode(signal);
  return shown.lost && !shown.any ? 1 : 0;
}

/** The task asked for; else the main one, or the only one. */
function taskOf({ ID, TaskGroups }: ShownJob, asked: string | undefined): string {
  const names = TaskGroups.flatMap(({ Tasks }) => Tasks.map(({ Name }) => Name));
  const usual = names.includes(mainTask) || names.length > 1 ? mainTask : names[0];
  const name = asked ?? usual ?? mainTask;
  if (names.includes(name)) return name;
  throw refuse("task", `job ${ID} has no task ${name}`, `Its tasks: ${names.join(", ")}.`);
}

function printed(only: LogStream | undefined, noted: () => void): LogSink {
  return {
    write: (stream, bytes) => {
      if (only !== undefined && only !== stream) return;
      noted();
      return writeOut(process[stream], bytes);
    },
    end: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
