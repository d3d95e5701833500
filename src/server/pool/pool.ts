import type { SiteLauncher } from "../../core/host/site-launcher.js";
import type { LaunchRequest } from "../../core/model/launch-request.js";
import { judge } from "../../core/launch/verdict.js";
import type { Outcome } from "../../core/model/outcome.js";
import type { LaunchProgress } from "../../core/model/progress.js";
import type { Item } from "./item.js";
import { type Crew, Limit, type PoolSize } from "./limit.js";
import { Queue } from "./queue.js";
import { roomFor } from "./room.js";
import { ofWorker } from "./run-item.js";
import { type ItemShape, shapeOf } from "./shape.js";
import { describeRefusal, PoolWorker } from "./worker.js";

export interface PoolParts {
  readonly launcher: SiteLauncher;
  /** What each worker is launched as; its job ID gets a number. */
  readonly request: LaunchRequest;
  /** Most workers at a time. */
  readonly size: PoolSize;
  /** A worker is replaced after so many. Default: never. */
  readonly maxItems: number;
  readonly idleSeconds: number;
  /** Which of the run's hosts this is, from 1: no job of an earlier one's is taken for one of this one's. */
  readonly generation: number;
  /** Awaited before a worker's job is submitted, and disposed of after it has ended. */
  readonly keep: (jobId: string) => Promise<AsyncDisposable>;
}

/** An item that waits, or is being run. */
interface Ticket {
  readonly item: Item;
  readonly done: PromiseWithResolvers<Outcome | Refused>;
}

/** That there can be no pool here: each task is a job of its own then. */
export interface Refused {
  readonly kind: "refused";
  readonly reason: string;
}

/** The warm workers of steps that are alike, and the items that wait for one: each goes to whichever worker is free first. */
export class WorkerPool implements AsyncDisposable {
  readonly #queue = new Queue<Ticket>();
  readonly #workers = new Map<PoolWorker, Promise<void>>();
  readonly #shape: ItemShape;
  readonly #end = new AbortController();
  #refused: Refused | undefined;
  #launched = 0;
  #ended = 0;
  /** How many items are with a worker. */
  #busy = 0;
  #serving = 0;
  readonly #limit: Limit;
  #idle = new AbortController();

  constructor(private readonly parts: PoolParts) {
    const { request, launcher, size } = parts;
    this.#shape = shapeOf(request, launcher);
    const room = (more: number) => roomFor(more, request, launcher);
    const crew = () => this.#crew();
    const told = { crew, grown: (limit: number) => this.#grow(limit), due: () => this.#fill() };
    this.#limit = new Limit({ size, clock: launcher.clock, room, ...told, signal: this.#end.signal });
  }

  /** Runs one item to its end, on the first worker that is free. */
  async run(item: Item): Promise<Outcome | Refused> {
    if (this.#refused !== undefined) return this.#refused;
    const ticket: Ticket = { item, done: Promise.withResolvers() };
    const leave = () => {
      if (this.#queue.remove(ticket)) ticket.done.resolve(notStarted(this.parts.request.jobId));
    };
    item.signal.addEventListener("abort", leave, { once: true });
    this.#idle.abort();
    this.#queue.put(ticket);
    if (item.signal.aborted) leave();
    this.#fill();
    try {
      return await ticket.done.promise;
    } finally {
      item.signal.removeEventListener("abort", leave);
      this.#restIfIdle();
    }
  }

  /** Ends all workers; what still waits is told that it was not started. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error("the pool is over"));
    this.#idle.abort();
    for (const worker of this.#workers.keys()) worker.abort("the run is over");
    for (let ticket = this.#queue.shift(); ticket !== undefined; ticket = this.#queue.shift())
      ticket.done.resolve(notStarted(this.parts.request.jobId));
    await Promise.all(this.#workers.values());
  }

  /** Starts as many workers as there is work for. */
  #fill(): void {
    if (this.#end.signal.aborted || this.#refused !== undefined) return;
    const wanted = this.#busy + this.#queue.length;
    const most = this.#limit.of(wanted);
    while (this.#workers.size < most) this.#start();
    this.#limit.consider(wanted);
  }

  #crew(): Crew {
    const have = this.#workers.size;
    const unplaced = [...this.#workers.keys()].filter(({ placed }) => !placed).length;
    return { have, unplaced, changes: this.#launched + this.#ended };
  }

  #grow(limit: number): void {
    const tasks = this.#busy + this.#queue.length;
    const line = `Worker pool: Nomad has room for ${String(limit)} of its workers now; tasks: ${String(tasks)}.`;
    this.#queue.first?.item.tell?.(line);
    this.#fill();
  }

  #start(): void {
    const { launcher, request, generation } = this.parts;
    this.#launched += 1;
    const jobId = `${request.jobId}-${generation}-${this.#launched}`;
    const report = (progress: LaunchProgress) => this.#tellFirst(progress);
    const kept = this.parts.keep(jobId);
    const asked = { ...request, jobId, meta: { ...request.meta, "metaflow.worker": String(this.#launched) } };
    const worker = new PoolWorker({
      ...{ launcher, request: asked, shape: this.#shape, report, noted: kept },
      whenPlaced: () => this.#fill(),
    });
    const work = this.#work(worker)
      .catch((error: unknown) => launcher.logger.error({ error: String(error) }, "a worker's loop failed"))
      .finally(async () => {
        this.#workers.delete(worker);
        this.#ended += 1;
        // A note that could not be written has been told as the worker's end.
        await kept.then(
          (note) => note[Symbol.asyncDispose](),
          () => undefined,
        );
        this.#fill();
      });
    this.#workers.set(worker, work);
  }

  /** What keeps workers from being placed concerns whoever waits longest, where nobody serves. */
  #tellFirst(progress: LaunchProgress): void {
    if (this.#serving === 0) this.#queue.first?.item.report(progress);
  }

  /** A worker's life: it takes one item after another, until it has had its share, or there is nothing for it. */
  async #work(worker: PoolWorker): Promise<void> {
    if (!(await worker.ready)) return this.#failed(worker);
    this.#serving += 1;
    try {
      // What the flow imports may be more than it asked for: then it must have doubled since.
      const limit = Math.max(this.#shape.memory, 2 * worker.memory);
      const over = AbortSignal.any([worker.gone, this.#end.signal]);
      for (let had = 0; had < this.parts.maxItems && worker.memory <= limit; had += 1) {
        const ticket = await this.#queue.take(over);
        if (ticket === undefined) break;
        await this.#runOn(worker, ticket);
        if (worker.broken) this.#limit.foundFull();
        if (worker.gone.aborted || worker.broken) break;
      }
    } finally {
      this.#serving -= 1;
      await worker.retire();
    }
  }

  async #runOn(worker: PoolWorker, { item, done }: Ticket): Promise<void> {
    this.#busy += 1;
    try {
      await item.handedOut?.();
      done.resolve(item.signal.aborted ? notStarted(this.parts.request.jobId) : await worker.run(item));
    } catch (error) {
      done.reject(error);
    } finally {
      this.#busy -= 1;
    }
  }

  /** A worker that never served: its end is told to one item, as if that had been launched for itself. */
  async #failed(worker: PoolWorker): Promise<void> {
    const { launcher } = this.parts;
    const outcome = await worker.over.catch((error: unknown) => error);
    if (worker.refusal !== undefined) this.#refuse(describeRefusal(worker.refusal));
    if (this.#end.signal.aborted || this.#refused !== undefined) return;
    if (this.#serving > 0) {
      // The others go on; what there is no room for now may have room later.
      this.#limit.foundFull();
      const kind = (outcome as Partial<Outcome>).kind ?? String(outcome);
      this.#queue.first?.item.tell?.(
        `Worker pool: it goes on with ${String(this.#serving)} workers; another one was not started (${kind}).`,
      );
      launcher.logger.warn({ kind, serving: this.#serving }, "a pool goes on with fewer workers");
      return;
    }
    const ticket = this.#queue.shift();
    if (ticket === undefined) return;
    await worker.output.copyTo(ticket.item.sink);
    await ticket.item.sink.end();
    if (!isOutcome(outcome)) ticket.done.reject(outcome);
    // One that gave up waiting for us has done nothing wrong, and the task has not run.
    else ticket.done.resolve(outcome.kind === "succeeded" ? ofWorker(outcome) : outcome);
  }

  #refuse(reason: string): void {
    this.#refused ??= { kind: "refused", reason };
    for (let ticket = this.#queue.shift(); ticket !== undefined; ticket = this.#queue.shift())
      ticket.done.resolve(this.#refused);
  }

  /** Ends the workers when nothing has come for a while; they are started again when something does. */
  #restIfIdle(): void {
    if (this.#busy + this.#queue.length > 0 || this.#end.signal.aborted) return;
    this.#idle.abort();
    const idle = (this.#idle = new AbortController());
    const { clock } = this.parts.launcher;
    clock.sleep(this.parts.idleSeconds * 1000, idle.signal).then(
      () => {
        for (const worker of this.#workers.keys()) worker.abort("the pool has been idle");
      },
      () => undefined,
    );
  }
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === "object" && value !== null && "kind" in value && "sentence" in value;
}

const notStarted = (jobId: string): Outcome => judge({ stoppedFor: "cancelled" }, jobId);
