import { readFile } from "node:fs/promises";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import type { Launch } from "../core/launch/context.js";
import { launchGang } from "../core/launch/launch-gang.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Outcome } from "../core/model/outcome.js";
import { LaunchFacts } from "./launch-facts.js";
import type { TaskFile } from "./protocol.js";
import { TaskOutput } from "./task-output.js";

/** Lines of a failed worker's output to show. */
const shownLines = 20;

type Worker = TaskFile["workers"][number];
/** Records the end of one worker in Metaflow's stores. */
export type RecordWorker = (worker: Worker, facts: LaunchFacts, outcome: Outcome) => Promise<void>;

/**
 * Runs a @parallel step: the control task as any task, each worker beside it with a log of its own.
 *
 * @returns the outcome of the step, and the last lines of the worker that ended it, when one did.
 */
export async function runGang(
  task: TaskFile,
  control: Launch,
  launcher: SiteLauncher,
  record: RecordWorker,
): Promise<{ readonly outcome: Outcome; readonly lastLines: readonly string[] }> {
  const facts = task.workers.map(() => new LaunchFacts());
  await using sinks = new AsyncDisposableStack();
  const workers = task.workers.map((worker, index): Launch => {
    // A host that was restarted writes a worker's log anew from its beginning: nobody has seen it yet.
    const sink = sinks.use(new TaskOutput(() => Promise.resolve(), launcher.clock, worker.logs));
    const report: Launch["report"] = (progress) => {
      facts[index]?.note(progress);
      // Why the step does not start concerns all of them.
      if (progress.kind === "waiting" || progress.kind === "warning") control.report(progress);
    };
    return { request: requestOf(worker, index + 1, control.request), sink, report, signal: control.signal };
  });
  const tasks = [control, ...workers];
  const { clock, site } = launcher;
  const launch = (one: Launch) => launcher.launch(one);
  const { outcomes, decided } = await launchGang(tasks, { launch, clock, timeoutSeconds: site.gangTimeoutSeconds });
  await sinks.disposeAsync();
  const outcome = outcomes[decided] as Outcome;
  const lastLines = decided === 0 ? [] : await tail(task.workers[decided - 1]?.logs.stderr ?? "");
  await Promise.all(
    task.workers.map((worker, at) => record(worker, facts[at] as LaunchFacts, outcomes[at + 1] as Outcome)),
  );
  return { outcome: decided === 0 ? outcome : ofNode(decided, tasks.length, outcome), lastLines };
}

function requestOf({ jobId, env, meta }: Worker, index: number, control: LaunchRequest): LaunchRequest {
  const { gang } = control;
  return {
    ...control,
    jobId,
    env: { ...control.env, ...env },
    meta: { ...control.meta, ...meta },
    ...(gang !== undefined && { gang: { ...gang, index } }),
  };
}

function ofNode(index: number, size: number, outcome: Outcome): Outcome {
  const where = outcome.allocationId === undefined ? "" : ` Its output: nomad alloc logs ${outcome.allocationId} main.`;
  return {
    ...outcome,
    sentence: `Node ${index} of ${size}: ${outcome.sentence}`,
    advice: `${outcome.advice.replace("See its output above.", "").trim()}${where}`.trim(),
  };
}

/** The end of a worker's log, without Metaflow's headers. */
async function tail(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.slice(-shownLines).map((line) => line.replace(/^\[!?\[?MFLOG\|[^\]]*\]/, ""));
}
