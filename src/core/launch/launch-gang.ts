import type { Clock } from "../contracts/clock.js";
import type { Outcome } from "../model/outcome.js";
import type { LaunchProgress } from "../model/progress.js";
import type { Launch } from "./context.js";
import type { GangFacts } from "./facts.js";
import { judge } from "./verdict.js";

/** What starting tasks together needs. */
export interface GangParts {
  readonly launch: (task: Launch) => Promise<Outcome>;
  readonly clock: Clock;
  /** Seconds from the first placed node to the last, before all are given up. */
  readonly timeoutSeconds: number;
}

/** How a gang ended. */
export interface GangEnd {
  readonly outcomes: readonly Outcome[];
  /** Index of the task whose outcome is the gang's. */
  readonly decided: number;
}

/**
 * Runs tasks as one: all of them, or none.
 *
 * When one ends badly, or when not all have found a node some time after the first did, every other one is stopped: a gang
 * that holds some nodes and waits for others would keep them from everybody.
 *
 * @returns the outcome of each, and the index of the one that decided: the first that ended badly. The outcome of a task
 *   that had to end because of another says so.
 * @throws LauncherError of the first that could not be launched at all; no job is then left behind.
 */
export async function launchGang(tasks: readonly Launch[], parts: GangParts): Promise<GangEnd> {
  const gang = new Gang(tasks, parts);
  return gang.run();
}

class Gang {
  readonly #halt = new AbortController();
  readonly #placed = new Set<number>();
  readonly #waiting = new Map<number, string>();
  #cause: { readonly index: number; readonly late: boolean } | undefined;

  constructor(
    private readonly tasks: readonly Launch[],
    private readonly parts: GangParts,
  ) {}

  async run(): Promise<GangEnd> {
    const results = await Promise.allSettled(this.tasks.map((task, index) => this.#runOne(task, index)));
    this.#halt.abort();
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) throw failure.reason;
    const outcomes = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const explained = outcomes.map((outcome, index) => this.#explain(outcome, index));
    const bad = outcomes.findIndex(({ kind }) => kind !== "succeeded");
    return { outcomes: explained, decided: this.#cause?.index ?? Math.max(bad, 0) };
  }

  async #runOne(task: Launch, index: number): Promise<Outcome> {
    const report = (progress: LaunchProgress) => {
      this.#note(index, progress);
      task.report(progress);
    };
    try {
      const signal = AbortSignal.any([task.signal, this.#halt.signal]);
      const outcome = await this.parts.launch({ ...task, signal, report });
      if (outcome.kind !== "succeeded" && !task.signal.aborted) this.#giveUp(index);
      return outcome;
    } catch (error) {
      this.#giveUp(index);
      throw error;
    }
  }

  #note(index: number, progress: LaunchProgress): void {
    if (progress.kind === "waiting") this.#waiting.set(index, progress.reason);
    if (progress.kind !== "placed" || this.#placed.has(index)) return;
    this.#placed.add(index);
    if (this.#placed.size === 1) void this.#limit();
  }

  /** Gives up when the last node is not placed in time. */
  async #limit(): Promise<void> {
    const { clock, timeoutSeconds } = this.parts;
    await clock.sleep(timeoutSeconds * 1000, this.#halt.signal).catch(() => undefined);
    const late = this.tasks.findIndex((_task, index) => !this.#placed.has(index));
    if (late >= 0) this.#giveUp(late, true);
  }

  #giveUp(index: number, late = false): void {
    if (this.#halt.signal.aborted) return;
    this.#cause = { index, late };
    this.#halt.abort(new Error(`node ${index} of the gang ended it`));
  }

  #explain(outcome: Outcome, index: number): Outcome {
    const cause = this.#cause;
    if (cause === undefined || outcome.kind === "succeeded") return outcome;
    if (index === cause.index) return cause.late ? this.#lateOutcome(outcome) : outcome;
    return outcome.kind === "stopped" ? { ...outcome, ...verdictOf({ decidedBy: cause.index }, outcome) } : outcome;
  }

  #lateOutcome(outcome: Outcome): Outcome {
    const decidedBy = this.#cause?.index ?? 0;
    const why = this.#waiting.get(decidedBy) ?? "Nomad has not placed it";
    const { timeoutSeconds: seconds } = this.parts;
    const late = { placed: this.#placed.size, size: this.tasks.length, seconds, why };
    return { ...outcome, ...verdictOf({ decidedBy, late }, outcome) };
  }
}

const verdictOf = (gang: GangFacts, { jobId, evidence }: Outcome) => judge({ gang }, jobId, evidence);
