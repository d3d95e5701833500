import type { LogSink, LogStream } from "../core/contracts/log-sink.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { LaunchProgress } from "../core/model/progress.js";
import { submitterMark } from "../core/model/submitter-mark.js";
import { submitterOf, writeSubmitter } from "../core/sweep/submitter.js";
import { writeOut } from "../server/write-out.js";
import { exitCodeOf, tellProgress } from "../server/tell.js";
import { warn } from "./say.js";
import { readLaunchFile } from "./launch-file.js";
import { openHostHere } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

/** `metaflow-nomad launch FILE`: one task without Metaflow; its output, and its exit code. */
export async function launchCommand(
  file: string,
  options: { readonly json?: boolean; readonly site?: string },
): Promise<number> {
  const request = await ours({
    ...(await readLaunchFile(file)),
    ...(options.site !== undefined && { site: options.site }),
  });
  const signal = untilInterrupted({ twice: true });
  await using host = await openHostHere();
  const json = options.json === true;
  const outcome = await host.site(request.site).launch({
    request,
    signal,
    sink: json ? jsonSink() : plainSink(),
    report: json ? (progress) => print(progress) : tell,
  });
  return exitCodeOf(outcome);
}

/** Says in the job's meta which process it belongs to. */
async function ours(request: LaunchRequest): Promise<LaunchRequest> {
  const submitter = await submitterOf();
  if (submitter === undefined) return request;
  return { ...request, meta: { ...request.meta, [submitterMark]: writeSubmitter(submitter) } };
}

function tell(progress: LaunchProgress): void {
  for (const line of tellProgress(progress)) warn(`${line}\n`);
}

function print(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const nothing = { end: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() };

/** The task's bytes as they are. */
function plainSink(): LogSink {
  return {
    ...nothing,
    write: (stream, bytes) => writeOut(process[stream], bytes),
  };
}

/** The task's output as events among the others; a character cut by a border waits for its rest. */
function jsonSink(): LogSink {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  return {
    ...nothing,
    write: (stream: LogStream, bytes: Uint8Array) =>
      print({ kind: "output", stream, text: decoders[stream].decode(bytes, { stream: true }) }),
  };
}
