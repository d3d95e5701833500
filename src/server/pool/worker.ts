import { constants } from "node:os";
import { canExec } from "../../core/contracts/task-exec.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import type { SiteLauncher } from "../../core/host/site-launcher.js";
import { mainTask } from "../../core/launch/request-to-draft.js";
import { judge, type VerdictContext } from "../../core/launch/verdict.js";
import type { LaunchRequest } from "../../core/model/launch-request.js";
import type { Outcome } from "../../core/model/outcome.js";
import type { LaunchProgress, Placement } from "../../core/model/progress.js";
import { WorkerChannel } from "./channel.js";
import { Flight, type Item } from "./item.js";
import { itemOutcome } from "./item-outcome.js";
import type { HostMessage, ItemEnd, WorkerMessage } from "./messages.js";
import { readRest } from "./read-rest.js";
import type { ItemShape } from "./shape.js";
import { WorkerOutput } from "./worker-output.js";

/** A worker lives as long as its pool; it ends by itself when nobody is there any more. In seconds: 30 days. */
const longestLife = 2_592_000;
/** How much longer than its kill timeout an item may take to be gone, before its worker is ended, in milliseconds. */
const graceMs = 10_000;
/** How long a worker that was told to end may take, in milliseconds. */
const farewellMs = 3_000;

export interface WorkerParts {
  readonly launcher: SiteLauncher;
  /** What the worker is launched as. */
  readonly request: LaunchRequest;
  /** What its items look like to a verdict. */
  readonly shape: ItemShape;
  /** Told what becomes of it before it is ready: that it waits for a node, and why. */
  readonly report: (progress: LaunchProgress) => void;
}

/** One warm worker: an allocation with a fork server in it. It has one item at a time. */
export class PoolWorker {
  readonly #end = new AbortController();
  readonly #gone = new AbortController();
  readonly #ready = Promise.withResolvers<boolean>();
  readonly output = new WorkerOutput();
  #placement: Placement | undefined;
  #open: WorkerChannel | undefined;
  #flight: Flight | undefined;
  /** What its fork server itself holds, in MB. */
  memory = 0;
  /** Why Nomad does not let us run commands in it. */
  refusal: unknown;
  /** How its allocation ended. Rejects where it could not even be launched. */
  readonly over: Promise<Outcome>;

  constructor(private readonly parts: WorkerParts) {
    this.over = this.#live().finally(() => {
      this.#gone.abort(new Error("the worker has ended"));
      this.#ready.resolve(false);
    });
    this.over.catch(() => undefined);
  }

  /** Whether it came to serve. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  /** Aborts when its allocation has ended. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Runs one item to its end. */
  async run(item: Item): Promise<Outcome> {
    const flight = (this.#flight = new Flight(item));
    const done = new AbortController();
    let stoppedFor: VerdictContext["stoppedFor"];
    const stop = (why: typeof stoppedFor) => {
      stoppedFor ??= why;
      this.#kill(flight, done.signal);
    };
    this.#say({ run: item.name, words: item.words });
    const cancel = () => stop("cancelled");
    item.signal.addEventListener("abort", cancel, { once: true });
    if (item.signal.aborted) cancel();
    const timer = this.#watch(flight, done.signal, () => stop("time-limit"));
    try {
      const end = await Promise.race([flight.ended.promise, this.over.then(() => undefined)]);
      return await this.#judge(flight, end, stoppedFor);
    } finally {
      item.signal.removeEventListener("abort", cancel);
      done.abort();
      await timer;
      this.#flight = undefined;
      this.#say({ done: item.name });
    }
  }

  /** Ends it: politely first, so that it leaves nothing behind. */
  async retire(): Promise<void> {
    this.#say({ stop: 1 });
    // Rejects, and at once, where it has ended already.
    await this.parts.launcher.clock.sleep(farewellMs, this.gone).catch(() => undefined);
    this.abort("the worker is not needed any more");
    await this.over.catch(() => undefined);
  }

  /** Stops its job. */
  abort(reason: string): void {
    this.#end.abort(new Error(reason));
  }

  async #live(): Promise<Outcome> {
    const { launcher, request } = this.parts;
    const report = (progress: LaunchProgress) => this.#note(progress);
    const asked = { ...request, timeoutSeconds: longestLife };
    try {
      return await launcher.launch({ request: asked, sink: this.output, signal: this.#end.signal, report });
    } finally {
      // Nothing more will come of the channel.
      this.#gone.abort(new Error("the worker has ended"));
    }
  }

  #note(progress: LaunchProgress): void {
    if (progress.kind === "placed") this.#placement = progress.placement;
    else if (progress.kind === "started") void this.#talk();
    else if (progress.kind !== "ended") this.parts.report(progress);
  }

  /** Opens the channel once the worker runs, and keeps it. */
  async #talk(): Promise<void> {
    const { transport, clock, logger } = this.parts.launcher;
    const place = this.#placement;
    if (this.#open !== undefined || place === undefined) return;
    if (!canExec(transport)) {
      this.#refuse("the site's transport runs no commands in tasks.");
      return;
    }
    const { allocationId, namespace, region } = place;
    const parts = {
      ...{ transport, clock, logger },
      place: { allocationId, task: mainTask, namespace, ...(region !== undefined && { region }) },
      hello: () => this.#hello(),
      take: (message: WorkerMessage) => this.#take(message),
    };
    const channel = (this.#open = new WorkerChannel(parts));
    await channel.keepOpen(this.gone).catch((error: unknown) => this.#refuse(error));
  }

  #refuse(why: unknown): void {
    this.refusal = why;
    this.abort("no channel can be opened to the worker");
  }

  #say(message: HostMessage): void {
    this.#open?.send(message);
  }

  #hello(): HostMessage {
    const flight = this.#flight;
    return { hello: 1, items: flight === undefined ? {} : { [flight.item.name]: flight.offsets } };
  }

  async #take(message: WorkerMessage): Promise<void> {
    if ("memory" in message && message.memory !== undefined) this.memory = message.memory;
    if ("ready" in message) {
      this.#ready.resolve(true);
      const flight = this.#flight;
      // Said once more where the first word may have been lost with a session.
      if (flight !== undefined && !message.items.includes(flight.item.name))
        this.#say({ run: flight.item.name, words: flight.item.words });
      return;
    }
    const flight = this.#flight;
    const about = "started" in message ? message.started : "out" in message ? message.out : message.ended;
    if (flight?.item.name !== about) return;
    if ("started" in message) this.#begin(flight, message.at, message.number);
    else if ("out" in message) await flight.take(message.stream, message.offset, Buffer.from(message.data, "base64"));
    else flight.ended.resolve(message);
  }

  #begin(flight: Flight, seconds: number, number: number): void {
    const { jobId } = this.parts.request;
    const placement = this.#placement as Placement;
    const at = Math.round(seconds * 1000);
    const { report } = flight.item;
    report({ kind: "submitted", jobId, evaluationId: "", at });
    report({ kind: "placed", placement: { ...placement, item: number }, at });
    report({ kind: "started", jobId, allocationId: placement.allocationId, at });
    flight.started.resolve({ at, number });
  }

  /** Ends an item that runs for longer than it may. */
  async #watch(flight: Flight, done: AbortSignal, stop: () => void): Promise<void> {
    const { clock } = this.parts.launcher;
    const over = new Promise<undefined>((resolve) =>
      done.addEventListener("abort", () => resolve(undefined), { once: true }),
    );
    const begun = await Promise.race([flight.started.promise, over]);
    if (begun === undefined) return;
    const limit = this.parts.shape.timeoutSeconds * 1000 - (clock.now() - begun.at);
    await clock.sleep(limit, done).then(stop, () => undefined);
  }

  /** Asks the worker to end an item; a worker that does not is ended itself. */
  #kill(flight: Flight, done: AbortSignal): void {
    const { killSignal, killSeconds } = this.parts.shape;
    const numbers: Partial<Record<string, number>> = constants.signals;
    const signal = numbers[killSignal] ?? constants.signals.SIGINT;
    this.#say({ kill: flight.item.name, signal, seconds: killSeconds });
    this.parts.launcher.clock.sleep(killSeconds * 1000 + graceMs, done).then(
      () => this.abort("an item of the worker could not be ended"),
      () => undefined,
    );
  }

  async #judge(flight: Flight, end: ItemEnd | undefined, stoppedFor: VerdictContext["stoppedFor"]): Promise<Outcome> {
    const { launcher, shape } = this.parts;
    const placement = this.#placement as Placement;
    // The worker is gone; what the item said, and perhaps how it ended, is in its allocation.
    const known = end ?? (await readRest(flight, placement, launcher.transport));
    await flight.item.sink.end();
    if (known !== undefined) return itemOutcome(known, shape.draft, placement, shape.memory, stoppedFor);
    return this.#deadWith(stoppedFor);
  }

  /** The item's end is its worker's. */
  async #deadWith(stoppedFor: VerdictContext["stoppedFor"]): Promise<Outcome> {
    const { shape } = this.parts;
    const outcome = await this.over;
    if (stoppedFor !== undefined || outcome.kind !== "succeeded") {
      const end = { code: 137, signal: 9, oom: false, at: this.parts.launcher.clock.now() / 1000 };
      if (stoppedFor === undefined) return outcome;
      return itemOutcome(end, shape.draft, this.#placement as Placement, shape.memory, stoppedFor);
    }
    return { ...outcome, ...judge({ worker: "ended" }, outcome.jobId, outcome.evidence) };
  }
}

/** Why there is no channel, for a user. */
export function describeRefusal(reason: unknown): string {
  return reason instanceof LauncherError ? `${reason.code}: ${reason.message}` : String(reason);
}
