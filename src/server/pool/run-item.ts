import { constants } from "node:os";
import type { SiteLauncher } from "../../core/host/site-launcher.js";
import { judge, type VerdictContext } from "../../core/launch/verdict.js";
import type { Outcome } from "../../core/model/outcome.js";
import type { Placement } from "../../core/model/progress.js";
import { Flight, type Item } from "./item.js";
import { itemOutcome } from "./item-outcome.js";
import type { Beginning, HostMessage, ItemEnd, ItemExit, WorkerMessage } from "./messages.js";
import { readRest } from "./read-rest.js";
import type { ItemShape } from "./shape.js";

/** How much longer than its kill timeout an item may take to be gone, before its worker is ended, in milliseconds. */
const graceMs = 10_000;

type StoppedFor = VerdictContext["stoppedFor"];

/** What an item needs of the worker it is with. */
export interface ItemParts {
  readonly launcher: SiteLauncher;
  readonly shape: ItemShape;
  readonly placement: Placement;
  readonly say: (message: HostMessage) => void;
  /** Aborts when the worker has ended. */
  readonly gone: AbortSignal;
  /** How the worker ended. */
  readonly over: Promise<Outcome>;
  /** Whether the worker was ended because no channel to it could be had any more. */
  readonly unreachable: () => boolean;
  /** Stops the worker's job. */
  readonly abort: (reason: string) => void;
}

/** One item with one worker, from the word to run it to its verdict. */
export class ItemRun {
  readonly flight: Flight;
  /** Whether its worker was not able to begin it. */
  broken = false;
  readonly #done = new AbortController();
  #stoppedFor: StoppedFor;
  #begun = false;

  constructor(
    item: Item,
    private readonly parts: ItemParts,
  ) {
    this.flight = new Flight(item);
  }

  /** Tells the worker to run it; harmless to repeat. */
  begin(): void {
    const { name, words } = this.flight.item;
    this.parts.say({ run: name, words });
  }

  /** The worker says which items it has: what a session that was cut has lost is said again, or made up for. */
  greet(items: readonly (Beginning & { readonly name: string })[]): void {
    const known = items.find(({ name }) => name === this.flight.item.name);
    if (known === undefined) this.begin();
    else this.#started(known);
    if (this.#stoppedFor !== undefined) this.#kill();
  }

  /** Waits for its end, and judges it. */
  async toItsEnd(): Promise<Outcome> {
    const { item, ended } = this.flight;
    const cancel = () => this.#stop("cancelled");
    this.begin();
    item.signal.addEventListener("abort", cancel, { once: true });
    if (item.signal.aborted) cancel();
    const timer = this.#watch();
    // No reaction to `over` for each item: it is settled when the worker ends, and would hold all of them until then.
    const { gone } = this.parts;
    const cut = Promise.withResolvers<undefined>();
    const leave = () => cut.resolve(undefined);
    gone.addEventListener("abort", leave, { once: true });
    if (gone.aborted) leave();
    try {
      return await this.#judge(await Promise.race([ended.promise, cut.promise]));
    } finally {
      gone.removeEventListener("abort", leave);
      item.signal.removeEventListener("abort", cancel);
      this.#done.abort();
      await timer;
    }
  }

  /** Takes what the worker says of it. */
  async take(message: WorkerMessage): Promise<void> {
    if ("started" in message) this.#started(message);
    else if ("out" in message)
      await this.flight.take(message.stream, message.offset, Buffer.from(message.data, "base64"));
    else if ("ended" in message) await this.flight.end(message);
  }

  #started(beginning: Beginning): void {
    if (this.#begun) return;
    const { at: seconds, number } = beginning;
    const { jobId, allocationId } = this.parts.placement;
    const at = Math.round(seconds * 1000);
    this.#placed(at, number);
    this.flight.item.report({ kind: "started", jobId, allocationId, at });
    this.flight.started.resolve(beginning);
  }

  #placed(at: number, item?: number): void {
    const { placement } = this.parts;
    const { report } = this.flight.item;
    this.#begun = true;
    report({ kind: "submitted", jobId: placement.jobId, evaluationId: "", at });
    report({ kind: "placed", placement: { ...placement, ...(item !== undefined && { item }) }, at });
  }

  /** Ends an item that runs for longer than it may. */
  async #watch(): Promise<void> {
    const { clock } = this.parts.launcher;
    const done = this.#done.signal;
    const over = new Promise<undefined>((resolve) =>
      done.addEventListener("abort", () => resolve(undefined), { once: true }),
    );
    const begun = await Promise.race([this.flight.started.promise, over]);
    if (begun === undefined) return;
    // From now, not from `at`: the node's clock may differ from this one by hours.
    await clock.sleep(this.parts.shape.timeoutSeconds * 1000, done).then(
      () => this.#stop("time-limit"),
      () => undefined,
    );
  }

  /** Asks the worker to end it; a worker that does not is ended itself. */
  #stop(why: StoppedFor): void {
    this.#stoppedFor ??= why;
    const { shape, launcher, abort } = this.parts;
    this.#kill();
    launcher.clock.sleep(shape.killSeconds * 1000 + graceMs, this.#done.signal).then(
      () => abort("an item of the worker could not be ended"),
      () => undefined,
    );
  }

  #kill(): void {
    const { shape, say } = this.parts;
    const numbers: Partial<Record<string, number>> = constants.signals;
    const signal = numbers[shape.killSignal] ?? constants.signals.SIGINT;
    say({ kill: this.flight.item.name, signal, seconds: shape.killSeconds });
  }

  async #judge(end: ItemEnd | undefined): Promise<Outcome> {
    const { launcher, placement } = this.parts;
    // The worker is gone; what the item said, and perhaps how it ended, is in its allocation.
    const known = end ?? (await readRest(this.flight, placement, launcher.transport));
    await this.flight.item.sink.end();
    if (known === undefined) return this.#endedWithWorker();
    this.#started(known.began);
    const { unwritten, unstarted } = known;
    if (unwritten !== undefined)
      this.#tell(`could not write a file (${unwritten}): output of the task may be missing.`);
    if (unstarted === undefined) return this.#outcome(known);
    this.#tell(`could not begin the task (${unstarted}), and ends.`);
    this.broken = true;
    return ofWorker(this.#outcome(known));
  }

  #tell(what: string): void {
    this.flight.item.tell?.(`The worker on node ${this.parts.placement.nodeName} ${what}`);
  }

  #outcome(end: ItemExit): Outcome {
    const { shape, placement } = this.parts;
    return itemOutcome(end, shape.draft, placement, shape.memory, this.#stoppedFor);
  }

  /** The item's end is its worker's. */
  async #endedWithWorker(): Promise<Outcome> {
    const outcome = await this.parts.over;
    // Whether it had begun there nobody knows; it was there.
    if (!this.#begun) this.#placed(this.parts.launcher.clock.now());
    if (this.#stoppedFor !== undefined)
      return this.#outcome({ code: 137, signal: 9, oom: false, at: this.parts.launcher.clock.now() / 1000 });
    // Nobody stopped the run; and a worker that succeeded says nothing of its item.
    if (outcome.kind !== "succeeded" && !this.parts.unreachable()) return outcome;
    return ofWorker(outcome);
  }
}

/** The same, where it is the worker's end and not the item's own. */
export const ofWorker = (outcome: Outcome): Outcome => ({
  ...outcome,
  ...judge({ worker: "ended" }, outcome.jobId, outcome.evidence),
});
