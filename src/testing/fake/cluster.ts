import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/contracts/clock.js";
import type { Allocation, TaskEvent } from "../../core/model/allocation.js";
import type { Evaluation } from "../../core/model/evaluation.js";
import type { Job } from "../../core/model/job.js";
import type { TaskScript } from "./task-script.js";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One job of the fake, and what has become of it. */
export interface FakeJob {
  readonly job: Job;
  readonly modifyIndex: number;
  readonly script: TaskScript;
  readonly stopped: AbortController;
}

/** One event, as the stream tells it. */
export interface FakeEvent {
  readonly Topic: "Evaluation" | "Allocation" | "Job";
  readonly Type: string;
  readonly Key: string;
  readonly Namespace: string;
  readonly Index: number;
  readonly Payload: Readonly<Record<string, unknown>>;
}

/** The state of a cluster of one node, and how it moves: jobs are placed, run and end by their scripts. */
export class FakeCluster {
  readonly jobs = new Map<string, FakeJob>();
  readonly evaluations = new Map<string, Evaluation>();
  readonly allocations = new Map<string, Allocation>();
  readonly variables = new Map<string, unknown>();
  readonly logs = new Map<string, string>();
  readonly nodeId: string = randomUUID();
  index = 10;
  readonly #listeners = new Set<(event: FakeEvent) => void>();
  readonly #closed = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly scriptOf: (job: Job) => TaskScript,
  ) {}

  /** Calls back for each event until it is disposed. */
  listen(callback: (event: FakeEvent) => void): Disposable {
    this.#listeners.add(callback);
    return { [Symbol.dispose]: () => void this.#listeners.delete(callback) };
  }

  /** Registers a job and lets it run. @returns the evaluation's ID. */
  register(job: Job): string {
    this.index += 1;
    this.jobs.set(keyOf(job.Namespace, job.ID), {
      job,
      modifyIndex: this.index,
      script: this.scriptOf(job),
      stopped: new AbortController(),
    });
    const evaluation = this.#evaluate(job, "job-register", "pending");
    void this.#run(keyOf(job.Namespace, job.ID), evaluation).catch(() => undefined);
    return evaluation.ID;
  }

  /** Stops a job. @returns the evaluation's ID. */
  deregister(namespace: string, id: string, purge: boolean): string {
    const key = keyOf(namespace, id);
    const known = this.jobs.get(key);
    if (known === undefined) return "";
    const evaluation = this.#evaluate(known.job, "job-deregister", "complete");
    for (const one of this.#of(id)) if (one.ClientStatus === "running") this.#change({ ...one, DesiredStatus: "stop" });
    known.stopped.abort(new Error("the job was stopped"));
    if (purge) this.jobs.delete(key);
    return evaluation.ID;
  }

  /** Ends everything that is under way. */
  close(): void {
    this.#closed.abort(new Error("the fake Nomad was closed"));
  }

  async #run(key: string, evaluation: Evaluation): Promise<void> {
    const known = this.jobs.get(key);
    if (known === undefined) return;
    const { job, script } = known;
    const signal = AbortSignal.any([known.stopped.signal, this.#closed.signal]);
    await this.clock.sleep(20, this.#closed.signal);
    if (script.filteredBy !== undefined || script.exhausted !== undefined) {
      this.#leaveUnplaced(evaluation, job, script);
      return;
    }
    const allocation = this.#place(job, evaluation);
    this.#changeEvaluation({ ...evaluation, Status: "complete" });
    await this.clock.sleep(20, this.#closed.signal);
    if (script.startError !== undefined) {
      this.#end(allocation, job, [this.#event("Driver Failure", { DisplayMessage: script.startError })]);
      return;
    }
    const started = this.#state(allocation, job, "running", [
      this.#event("Started", { DisplayMessage: "Task started by client" }),
    ]);
    this.#change({ ...started, ClientStatus: "running" });
    const killed = await this.clock.sleep((script.seconds ?? 0) * 1_000, signal).then(
      () => false,
      () => true,
    );
    this.#closed.signal.throwIfAborted();
    this.#print(allocation.ID, script);
    const end = killed
      ? [this.#event("Killing", {}), terminated(this.#now, 143, 15), this.#event("Killed", {})]
      : [terminated(this.#now, script.exitCode ?? 0, script.signal ?? 0, script.oomKilled)];
    this.#end(allocation, job, end);
  }

  #print(allocation: string, { stdout = "", stderr = "" }: TaskScript): void {
    this.logs.set(`${allocation}/stdout`, stdout);
    this.logs.set(`${allocation}/stderr`, stderr);
  }

  #place(job: Job, { ID }: Evaluation): Allocation {
    const index = (this.index += 1);
    const allocation: Allocation = {
      ID: randomUUID(),
      JobID: job.ID,
      Namespace: job.Namespace,
      EvalID: ID,
      NodeID: this.nodeId,
      NodeName: "fake-1",
      TaskGroup: job.TaskGroups[0].Name,
      ClientStatus: "pending",
      DesiredStatus: "run",
      CreateTime: this.#now,
      ModifyTime: this.#now,
      CreateIndex: index,
      ModifyIndex: index,
    };
    this.allocations.set(allocation.ID, allocation);
    this.#tell("Allocation", "PlanResult", allocation.ID, allocation.Namespace, { Allocation: allocation });
    return allocation;
  }

  #state(
    allocation: Allocation,
    job: Job,
    State: "running" | "dead",
    events: readonly TaskEvent[],
    failed = false,
  ): Allocation {
    const name = job.TaskGroups[0].Tasks[0].Name;
    const before = this.allocations.get(allocation.ID) ?? allocation;
    const Events = [...(before.TaskStates?.[name]?.Events ?? []), ...events];
    const at = new Date(this.clock.now()).toISOString();
    const StartedAt = before.TaskStates?.[name]?.StartedAt ?? at;
    const state = { State, Failed: failed, Restarts: 0, StartedAt, FinishedAt: State === "dead" ? at : null, Events };
    return { ...before, TaskStates: { [name]: state } };
  }

  #end(allocation: Allocation, job: Job, events: readonly TaskEvent[]): void {
    const failed = events.some(
      ({ Type, ExitCode = 0, Signal = 0 }) => Type === "Driver Failure" || ExitCode + Signal > 0,
    );
    const ended = this.#state(allocation, job, "dead", events, failed);
    this.#change({ ...ended, ClientStatus: failed && ended.DesiredStatus === "run" ? "failed" : "complete" });
  }

  #leaveUnplaced(evaluation: Evaluation, job: Job, { filteredBy, exhausted }: TaskScript): void {
    const group = job.TaskGroups[0].Name;
    const why =
      filteredBy === undefined
        ? { NodesExhausted: 1, DimensionExhausted: { [exhausted ?? ""]: 1 } }
        : { NodesFiltered: 1, ConstraintFiltered: { [filteredBy]: 1 } };
    const blocked = this.#evaluate(job, "queued-allocs", "blocked", { PreviousEval: evaluation.ID });
    const FailedTGAllocs = { [group]: { NodesEvaluated: 1, NodesInPool: 1, NodesAvailable: { dc1: 1 }, ...why } };
    this.#changeEvaluation({ ...evaluation, Status: "complete", FailedTGAllocs, BlockedEval: blocked.ID });
  }

  #evaluate(job: Job, TriggeredBy: string, Status: Evaluation["Status"], more: Partial<Evaluation> = {}): Evaluation {
    const index = (this.index += 1);
    const made: Evaluation = {
      ID: randomUUID(),
      JobID: job.ID,
      Namespace: job.Namespace,
      Status,
      TriggeredBy,
      CreateIndex: index,
      ModifyIndex: index,
      ...more,
    };
    this.evaluations.set(made.ID, made);
    this.#tell("Evaluation", "EvaluationUpdated", made.ID, made.Namespace, { Evaluation: made });
    return made;
  }

  #changeEvaluation(evaluation: Evaluation): void {
    const next = { ...evaluation, ModifyIndex: (this.index += 1) };
    this.evaluations.set(next.ID, next);
    this.#tell("Evaluation", "EvaluationUpdated", next.ID, next.Namespace, { Evaluation: next });
  }

  #change(allocation: Allocation): void {
    const next: Mutable<Allocation> = { ...allocation, ModifyIndex: (this.index += 1), ModifyTime: this.#now };
    this.allocations.set(next.ID, next);
    this.#tell("Allocation", "AllocationUpdated", next.ID, next.Namespace, { Allocation: next });
  }

  #tell(Topic: FakeEvent["Topic"], Type: string, Key: string, Namespace: string, Payload: FakeEvent["Payload"]): void {
    for (const listener of this.#listeners) listener({ Topic, Type, Key, Namespace, Index: this.index, Payload });
  }

  #of(jobId: string): Allocation[] {
    return [...this.allocations.values()].filter(({ JobID }) => JobID === jobId);
  }

  #event(Type: string, more: Partial<TaskEvent>): TaskEvent {
    return { Type, Time: this.#now, ExitCode: 0, ...more };
  }

  /** Nanoseconds, as Nomad counts. */
  get #now(): number {
    return this.clock.now() * 1e6;
  }
}

function terminated(Time: number, ExitCode: number, Signal: number, oom = false): TaskEvent {
  const DisplayMessage = `Exit Code: ${ExitCode}${Signal > 0 ? `, Signal: ${Signal}` : ""}`;
  const Details = { exit_code: String(ExitCode), oom_killed: String(oom) };
  return { Type: "Terminated", Time, ExitCode, Signal, DisplayMessage, Details };
}

/** Where a job is kept. */
export const keyOf = (namespace: string, id: string): string => `${namespace}/${id}`;
