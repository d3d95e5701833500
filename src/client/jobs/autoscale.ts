import type { Clock } from "../../core/contracts/clock.js";
import type { QueueSource } from "../../core/contracts/queue-source.js";
import { describeError, LauncherError } from "../../core/errors/launcher-error.js";
import { refuse } from "../../core/errors/refuse.js";
import { systemClock } from "../../core/host/system-clock.js";
import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";
import { readScaled, type ScaledGroup } from "./read-scaled.js";
import { desiredCount, type ScaleLimits, WantedCounts } from "./scale-rule.js";

export interface AutoscaleOptions extends CallOptions {
  /** What is counted, e.g. `redisQueue`. */
  readonly source: Pick<QueueSource, "origin" | "depth">;
  /** Default: the only one. */
  readonly group?: string | undefined;
  /** Default 100. */
  readonly messagesPerWorker?: number | undefined;
  /** Default: that of the group's `scaling` block, else 1. The block's limits hold in any case. */
  readonly min?: number | undefined;
  /** Default: that of the group's `scaling` block, else 20. The block's limits hold in any case. */
  readonly max?: number | undefined;
  /** From look to look, in ms. Default 30,000. */
  readonly intervalMs?: number | undefined;
  /** How long a scaling is left to take effect, and how long fewer must have been wanted before any is stopped, in ms. Default 60,000. */
  readonly cooldownMs?: number | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** What a look found, and what came of it. */
export interface ScaleLook {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /**
   * `scaled`; `planned`: it would have been (dry run); `steady`: nothing to do; `cooling`: too soon; `off`: the job is stopped, or its
   * `scaling` block not enabled; `failed`: Nomad or the queue could not be asked, or refused.
   */
  readonly outcome: "scaled" | "planned" | "steady" | "cooling" | "off" | "failed";
  /** All of it in a sentence; of a `scaled` one, what Nomad keeps in the scaling event. */
  readonly reason: string;
  readonly depth?: number;
  readonly current?: number;
  readonly wanted?: number;
}

/** How long a look may take, in ms: longer than a queue source may, which then says so by its name. */
const lookMs = 30_000;

/**
 * Scales a group by the depth of a queue, look by look, until the loop is left or the signal aborts (it then throws the signal's reason).
 *
 * What fails at a look is told, and tried again at the next: redis and Nomad may go and come back. Only what the first look finds to be
 * wrong with the question itself is thrown.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`, `NOMAD_E_API_NOT_FOUND`, `NOMAD_E_API_FORBIDDEN`, `NOMAD_E_API_BAD_TOKEN`
 */
export async function* autoscale(
  nomad: NomadClient,
  id: string,
  options: AutoscaleOptions,
): AsyncGenerator<ScaleLook, never, undefined> {
  const { intervalMs = 30_000, clock = systemClock } = options;
  check(options);
  const signal = options.signal ?? new AbortController().signal;
  const scaler = new Scaler(nomad, id, options, clock);
  for (let first = true; ; first = false) {
    const look = await scaler.look(AbortSignal.any([signal, AbortSignal.timeout(lookMs)])).catch((error: unknown) => {
      signal.throwIfAborted();
      if (first && isOfTheQuestion(error)) throw error;
      scaler.forget();
      return { at: clock.now(), outcome: "failed" as const, reason: describeError(error) };
    });
    yield look;
    await clock.sleep(intervalMs, signal);
  }
}

class Scaler {
  readonly #cooldownMs: number;
  readonly #wanted: WantedCounts;
  #last: { readonly at: number; readonly event: number | undefined } | undefined;

  constructor(
    private readonly nomad: NomadClient,
    private readonly id: string,
    private readonly options: AutoscaleOptions,
    private readonly clock: Clock,
  ) {
    this.#cooldownMs = options.cooldownMs ?? 60_000;
    this.#wanted = new WantedCounts(this.#cooldownMs);
  }

  forget(): void {
    this.#wanted.clear();
  }

  async look(signal: AbortSignal): Promise<ScaleLook> {
    const { source, group: named, region, namespace } = this.options;
    const place = { region, namespace, signal };
    const group = await readScaled(this.nomad, this.id, named, place);
    const depth = await source.depth(signal);
    const now = this.clock.now();
    const limits = limitsOf(this.options, group);
    const wanted = desiredCount(depth, limits);
    const goal = this.#wanted.goal(wanted, group.count, now);
    const facts = { at: now, depth, current: group.count, wanted };
    const told = `${String(depth)} messages in ${source.origin}: ${this.id}/${group.name}`;
    this.#noteEvents(group.events, now);
    if (group.off !== undefined) return { ...facts, outcome: "off", reason: `${told} is left alone: ${group.off}` };
    if (goal === group.count) return { ...facts, outcome: "steady", reason: `${told} stays at ${String(goal)}` };
    const reason = `${told} ${String(group.count)} -> ${String(goal)}`;
    const cooling = this.#last !== undefined && now - this.#last.at < this.#cooldownMs;
    if (cooling) return { ...facts, outcome: "cooling", reason: `${reason} waits for the cooldown` };
    if (this.options.dryRun === true) return { ...facts, outcome: "planned", reason: `${reason} (dry run)` };
    const scaled = await this.#scale(group, goal, reason, { depth, ...limits }, place);
    return scaled
      ? { ...facts, outcome: "scaled", reason }
      : { ...facts, outcome: "cooling", reason: `${reason} waits for the deployment under way` };
  }

  /** A scaling counts from when it is first seen, also somebody else's; one from before the start, from when Nomad noted it. */
  #noteEvents(events: readonly Nomad.ScalingEvent[], now: number): void {
    const newest = events.filter(({ Count }) => Count !== null).toSorted((a, b) => b.CreateIndex - a.CreateIndex)[0];
    if (newest === undefined || newest.CreateIndex === this.#last?.event) return;
    const own = this.#last !== undefined && this.#last.event === undefined ? this.#last.at : now;
    const at = this.#last === undefined ? Math.min(now, newest.Time / 1e6) : own;
    this.#last = { at, event: newest.CreateIndex };
  }

  /** Whether Nomad took it: while a deployment goes on, it does not. Source: nomad/job_endpoint.go `Scale` */
  async #scale(
    { name, index }: ScaledGroup,
    goal: number,
    reason: string,
    { depth, messagesPerWorker, min, max }: ScaleLimits & { readonly depth: number },
    place: CallOptions,
  ): Promise<boolean> {
    const numbers = { depth, messages_per_worker: messagesPerWorker, min, max };
    const Meta = { by: "metaflow-nomad autoscale", queue: this.options.source.origin, ...numbers };
    const request = { Count: goal, Target: { Group: name }, Message: reason, Meta, JobModifyIndex: index };
    const refused = await this.nomad.jobs.scale(this.id, request, place).catch((error: unknown) => error);
    if (refused instanceof Error && refused.message.includes("active deployment")) return false;
    if (refused instanceof Error) throw refused;
    this.#last = { at: this.clock.now(), event: undefined };
    return true;
  }
}

function limitsOf(options: AutoscaleOptions, { min: least, max: most }: ScaledGroup): ScaleLimits {
  const { messagesPerWorker = 100 } = options;
  const within = (count: number) => Math.max(Math.min(count, most ?? Infinity), least ?? 0);
  const max = within(options.max ?? most ?? 20);
  const min = within(options.min ?? least ?? Math.min(1, max));
  if (min > max) throw refuse("min", `${String(min)} is more than max, ${String(max)}`, "Name max, too.");
  return { messagesPerWorker, min, max };
}

function check({ messagesPerWorker = 1, min = 0, max = min, intervalMs = 1, cooldownMs = 0 }: AutoscaleOptions): void {
  const whole = "Write a whole number.";
  if (!Number.isInteger(messagesPerWorker) || messagesPerWorker < 1)
    throw refuse("messagesPerWorker", `${String(messagesPerWorker)} is no number of messages`, whole);
  for (const [name, value] of Object.entries({ min, max }))
    if (!Number.isInteger(value) || value < 0) throw refuse(name, `${String(value)} is no count`, whole);
  if (max < min)
    throw refuse("max", `${String(max)} is less than min, ${String(min)}`, "Write the smaller one as min.");
  if (!(intervalMs > 0)) throw refuse("intervalMs", `${String(intervalMs)} is no interval`, "Write more than 0.");
  if (!(cooldownMs >= 0)) throw refuse("cooldownMs", `${String(cooldownMs)} is no cooldown`, "Write 0 or more.");
}

/** Whether asking again would be of no use. */
function isOfTheQuestion(error: unknown): boolean {
  if (!(error instanceof LauncherError)) return false;
  const lasting = ["NOMAD_E_API_NOT_FOUND", "NOMAD_E_API_FORBIDDEN", "NOMAD_E_API_BAD_TOKEN", "NOMAD_E_API_NAMESPACE"];
  return error.code.startsWith("NOMAD_E_REQUEST_") || lasting.includes(error.code);
}
