import { canExec, type ExecIo } from "../core/contracts/task-exec.js";
import { describeError, LauncherError } from "../core/errors/launcher-error.js";
import { refuse } from "../core/errors/refuse.js";
import { mainTask } from "../core/launch/request-to-draft.js";
import { writeOut } from "../server/write-out.js";
import { type AllocationStub, findAllocations } from "./find-allocation.js";
import { openHostHere } from "./open-host.js";
import { warn } from "./say.js";
import { RawTerminal, withEscape } from "./terminal.js";
import { untilInterrupted } from "./until-interrupted.js";

export interface ExecOptions {
  readonly site?: string;
  readonly namespace?: string;
  readonly task?: string;
  /** Default: whether both ends of this process are terminals. */
  readonly tty?: boolean;
}

/** As ssh: the connection ended, and nobody knows how the command did. */
const leftCode = 255;
/** As a shell: there is no such command. */
const missingCode = 127;

/** `metaflow-nomad exec JOB|ALLOC -- COMMAND…`: a command inside a running task; its output, and its exit code. */
export async function execCommand(asked: string, command: readonly string[], options: ExecOptions): Promise<number> {
  const interrupted = untilInterrupted();
  await using host = await openHostHere();
  const { transport, site } = host.site(options.site);
  if (!canExec(transport))
    throw refuse("transport", `${site.transport} cannot run commands inside tasks`, "Use the http transport.");
  const place = { namespace: options.namespace ?? site.defaults.namespace, region: site.region };
  const allocation = pickRunning(asked, await findAllocations(asked, place, transport, interrupted));
  const call = {
    allocationId: allocation.ID,
    task: pickTask(options.task, allocation),
    command,
    namespace: allocation.Namespace,
    ...(site.region !== undefined && { region: site.region }),
  };
  const { stdin, stdout } = process;
  const tty = options.tty ?? [stdin, stdout].every(({ isTTY }) => isTTY);
  try {
    return await converse((io, signal) => transport.exec({ ...call, tty }, io, signal), tty, interrupted);
  } catch (error) {
    if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_API_COMMAND") throw error;
    warn(`${describeError(error)}\n`);
    return missingCode;
  } finally {
    // Whoever still writes to it would keep this process alive.
    stdin.destroy();
  }
}

type Run = (io: ExecIo, signal: AbortSignal) => Promise<number>;

async function converse(run: Run, tty: boolean, interrupted: AbortSignal): Promise<number> {
  const { stdin, stdout } = process;
  const output: ExecIo["output"] = (stream, bytes) => writeOut(process[stream], bytes);
  // Without a terminal Nomad tells of the end only once the input has ended too, which a keyboard never does.
  if (!tty && stdin.isTTY) return run({ output }, interrupted);
  if (!stdin.isTTY) return run({ input: stdin, output }, interrupted);
  const left = new AbortController();
  const signal = AbortSignal.any([interrupted, left.signal]);
  try {
    using terminal = new RawTerminal(stdin, stdout);
    const input = withEscape(stdin, () => left.abort());
    return await run({ input, output, sizes: terminal.sizes(signal) }, signal);
  } catch (error) {
    if (!left.signal.aborted) throw error;
    warn("\nLeft the command by ~. ; Nomad hangs up on it.\n");
    return leftCode;
  }
}

function pickRunning(asked: string, found: readonly AllocationStub[]): AllocationStub {
  const running = found.find(({ ClientStatus }) => ClientStatus === "running");
  if (running !== undefined) return running;
  const newest = found.map(({ ID, ClientStatus }) => `; its newest allocation ${ID.slice(0, 8)} is ${ClientStatus}`)[0];
  throw refuse("job", `${asked} has no running task${newest ?? ""}`, "`metaflow-nomad show` tells how it went.");
}

/** The one that is named; else the task of a flow's step; of a job from elsewhere the only one that runs. */
function pickTask(named: string | undefined, { JobID, TaskStates }: AllocationStub): string {
  const states = Object.entries(TaskStates ?? {});
  const running = states.flatMap(([name, { State }]) => (State === "running" ? [name] : [])).sort();
  const [only = mainTask] = running;
  if (named === undefined && (running.length <= 1 || running.includes(mainTask)))
    return running.includes(mainTask) ? mainTask : only;
  if (named !== undefined && running.includes(named)) return named;
  const problem = named === undefined ? "which of several tasks is not said" : `no task ${named} of it runs`;
  throw refuse("task", `job ${JobID}: ${problem}`, `Name one of these with --task: ${running.join(", ")}.`);
}
