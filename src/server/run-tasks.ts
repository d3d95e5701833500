import type { Clock } from "../core/contracts/clock.js";
import type { Host } from "../core/host/host.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import type { Launch } from "../core/launch/context.js";
import { describeError } from "../core/errors/launcher-error.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Outcome } from "../core/model/outcome.js";
import type { LaunchProgress } from "../core/model/progress.js";
import { LaunchFacts } from "./launch-facts.js";
import { launcherOf } from "./launcher-of.js";
import type { TaskFile } from "./protocol.js";
import { TaskOutput, type Send } from "./task-output.js";
import { frame } from "./frames.js";
import type { Pools } from "./pool/pools.js";
import { type RecordWorker, runGang } from "./run-gang.js";
import { exitCodeOf, tellProgress } from "./tell.js";

const jobEach = "Each task is a job of its own instead.";

/** The resume token of a task of which nothing has been shown yet. */
const justSubmitted = "{}";

type Report = (progress: LaunchProgress) => void;

/** Told when an attempt has ended and its logs are complete; resolves when Metaflow's stores have them. */
export type OnEnded = (task: TaskFile, facts: Record<string, string>, outcome: Outcome | undefined) => Promise<void>;

/** Runs the tasks of one Metaflow run, each for a client that waits for its frames. */
export class RunTasks {
  /** Why another attempt of a task would be in vain, by task. */
  readonly #hopeless = new Map<string, Outcome>();
  /** Pools that cannot be had, and of which somebody was told. */
  readonly #told = new Set<string>();

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly onEnded: OnEnded,
    /** None where each task has a process of its own: then each is a job of its own, too. */
    private readonly pools?: Pools,
  ) {}

  /** Runs one attempt and sends its client all there is, the exit code last. Never rejects. */
  async run(task: TaskFile, send: Send, signal: AbortSignal, resume?: string): Promise<number> {
    const code = await this.#attempt(task, send, signal, resume).catch(async (error: unknown) => {
      await tell(send, [describeError(error)]);
      return 1;
    });
    await send(frame("x", String(code))).catch(() => undefined);
    return code;
  }

  async #attempt(task: TaskFile, send: Send, signal: AbortSignal, resume?: string): Promise<number> {
    const before = this.#hopeless.get(task.pathspec);
    if (before !== undefined) {
      await tell(send, [`Not tried again. ${before.sentence} ${before.advice}`.trim()]);
      return exitCodeOf(before);
    }
    const facts = new LaunchFacts();
    let told = Promise.resolve();
    const report = (progress: LaunchProgress) => {
      facts.note(progress);
      const known = progress.kind === "placed" && resume !== undefined && resume !== justSubmitted;
      told = told.then(() => tell(send, known ? [] : tellProgress(progress)));
      // From here on a host that is started anew must not register the job again, should Nomad have collected it.
      if (progress.kind === "submitted" && resume === undefined && task.pool === undefined)
        told = told.then(() => send(frame("r", justSubmitted)));
    };
    const outcome = await this.#launch(task, send, report, signal, resume).finally(() => told);
    await this.onEnded(task, facts.all, outcome);
    if (outcome.kind !== "succeeded" && !outcome.retriable) this.#hopeless.set(task.pathspec, outcome);
    return exitCodeOf(outcome);
  }

  async #launch(task: TaskFile, send: Send, report: Report, signal: AbortSignal, resume?: string) {
    await using sink = new TaskOutput(send, this.clock, task.logs, resume);
    const request = task.launch as LaunchRequest;
    const launcher = launcherOf(task, this.host);
    // A task of a pool has no job of its own to have been registered.
    const resumes = resume !== undefined && task.pool === undefined;
    const launch = { request, sink, signal, report, resumes };
    const pooled = await this.#pooled(task, launch, send);
    if (pooled !== undefined) return pooled;
    return task.workers.length === 0 ? await launcher.launch(launch) : await this.#gang(task, launch, launcher, send);
  }

  /** Runs the task as an item of its pool; undefined where it has none, or none can be had here. */
  async #pooled({ pool, pathspec, attempt }: TaskFile, launch: Launch, send: Send): Promise<Outcome | undefined> {
    if (pool === undefined || this.pools === undefined) return undefined;
    const name = `${pathspec.split("/").slice(2).join("-")}-${attempt}`.replaceAll(/[^A-Za-z0-9_-]/g, "-");
    const say = (line: string) => void tell(send, [line]).catch(() => undefined);
    const outcome = await this.pools.run(pool.file, { ...launch, name, words: pool.words, tell: say });
    if (outcome.kind === "refused") {
      const isNew = !this.#told.has(pool.file);
      // Before anything is waited for: all that were waiting are refused at once.
      this.#told.add(pool.file);
      if (isNew) await tell(send, [`No worker pool here: ${outcome.reason} ${jobEach}`]);
      return undefined;
    }
    launch.report({ kind: "ended", outcome, at: this.clock.now() });
    return outcome;
  }

  /** A @parallel step: one client, several jobs. */
  async #gang(task: TaskFile, control: Launch, launcher: SiteLauncher, send: Send): Promise<Outcome> {
    // The control task's own end is not yet the step's.
    const report: Report = (progress) => progress.kind === "ended" || control.report(progress);
    const record: RecordWorker = ({ pathspec, logs }, facts, ended) =>
      this.onEnded({ ...task, pathspec, logs }, facts.all, ended);
    const { outcome, lastLines } = await runGang(task, { ...control, report }, launcher, record);
    await tell(send, lastLines);
    control.report({ kind: "ended", outcome, at: this.clock.now() });
    return outcome;
  }
}

async function tell(send: Send, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await send(frame("e", lines.map((line) => `${line}\n`).join("")));
}
