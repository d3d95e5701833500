import { canExec } from "../../core/contracts/task-exec.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import type { SiteLauncher } from "../../core/host/site-launcher.js";
import { mainTask } from "../../core/launch/request-to-draft.js";
import type { LaunchRequest } from "../../core/model/launch-request.js";
import type { Outcome } from "../../core/model/outcome.js";
import type { LaunchProgress, Placement } from "../../core/model/progress.js";
import { WorkerChannel } from "./channel.js";
import type { Item } from "./item.js";
import type { HostMessage, Offsets, WorkerMessage } from "./messages.js";
import { ItemRun } from "./run-item.js";
import type { ItemShape } from "./shape.js";
import { WorkerOutput } from "./worker-output.js";

/** A worker lives as long as its pool; it ends by itself when nobody is there any more. In seconds: 30 days. */
const longestLife = 2_592_000;
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
  readonly whenPlaced: () => void;
  /** That it will be found should this process be killed: its job is submitted no earlier. */
  readonly noted: Promise<unknown>;
}

/** One warm worker: an allocation with a fork server in it. It has one item at a time. */
export class PoolWorker {
  readonly #end = new AbortController();
  readonly #gone = new AbortController();
  readonly #ready = Promise.withResolvers<boolean>();
  readonly output = new WorkerOutput();
  #placement: Placement | undefined;
  #open: WorkerChannel | undefined;
  #run: ItemRun | undefined;
  /** Whether it cannot begin any item. */
  broken = false;
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

  /** Whether Nomad has found room for it. */
  get placed(): boolean {
    return this.#placement !== undefined;
  }

  /** Aborts when its allocation has ended. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Runs one item to its end. */
  async run(item: Item): Promise<Outcome> {
    const { launcher, shape } = this.parts;
    // It has one, for it came to serve.
    const placement = this.#placement as Placement;
    const say = (message: HostMessage) => this.#say(message);
    const abort = (reason: string) => this.abort(reason);
    const run = (this.#run = new ItemRun(item, {
      launcher,
      shape,
      placement,
      say,
      gone: this.gone,
      over: this.over,
      unreachable: () => this.refusal !== undefined,
      abort,
    }));
    try {
      return await run.toItsEnd();
    } finally {
      this.broken = run.broken;
      this.#run = undefined;
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
    const { launcher, request, noted } = this.parts;
    const report = (progress: LaunchProgress) => this.#note(progress);
    const asked = { ...request, timeoutSeconds: longestLife };
    try {
      await noted;
      return await launcher.launch({ request: asked, sink: this.output, signal: this.#end.signal, report });
    } finally {
      // Nothing more will come of the channel.
      this.#gone.abort(new Error("the worker has ended"));
    }
  }

  #note(progress: LaunchProgress): void {
    if (progress.kind === "placed") {
      this.#placement = progress.placement;
      this.parts.whenPlaced();
    } else if (progress.kind === "started") void this.#talk();
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
      wanted: () => this.#wanted(),
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

  #wanted(): Readonly<Record<string, Offsets>> {
    const flight = this.#run?.flight;
    return flight === undefined ? {} : { [flight.item.name]: flight.offsets };
  }

  async #take(message: WorkerMessage): Promise<void> {
    if ("memory" in message && message.memory !== undefined) this.memory = message.memory;
    const run = this.#run;
    const name = run?.flight.item.name;
    if ("ready" in message) {
      this.#ready.resolve(true);
      run?.greet(message.items);
      return;
    }
    const about = "started" in message ? message.started : "out" in message ? message.out : message.ended;
    if (name === about) await run?.take(message);
  }
}

/** Why there is no channel, for a user. */
export function describeRefusal(reason: unknown): string {
  return reason instanceof LauncherError ? `${reason.code}: ${reason.message}` : String(reason);
}
