import type { ApiCall } from "../../core/contracts/transport.js";
import type { NomadWatcher, Sighting, WatcherParts, WatchScope } from "../../core/contracts/watcher.js";
import { describeError, LauncherError } from "../../core/errors/launcher-error.js";
import type { Allocation } from "../../core/model/allocation.js";
import type { Evaluation } from "../../core/model/evaluation.js";
import { readAllocation } from "../read-allocation.js";
import { readEvaluation } from "../read-evaluation.js";
import { jobIdOf } from "../read-fields.js";
import { pauseMs } from "../retry.js";
import { type EventLine, readEventLine, splitLines, streamGap } from "./event-lines.js";
import { Gate } from "./gate.js";
import { Growth } from "./growth.js";
import { listJobs } from "./list-jobs.js";
import { supervise, together, unlessAborted, type WatchWork } from "./supervise.js";

/** Silence after which a stream counts as dead, in milliseconds: Nomad sends a heartbeat every 30 s. */
const silenceMs = 45_000;
/** How often everything is listed although the stream is well, in milliseconds: Nomad sends no event for what is deleted. */
const sweepMs = 60_000;
/**
 * How long newly watched jobs are gathered before they are listed together, in milliseconds. Most are registered within that
 * time: the stream then tells all there is, and they need no list, which costs the servers a look at everything.
 */
const gatherMs = 500;
/** So many connections in a row that brought nothing, and the rung is given up. */
const mostFailures = 3;
/** A connection that lasted so long was a good one, in milliseconds. */
const goodMs = 20_000;
/** Shortest pause before subscribing again, in milliseconds: each time costs the servers a complete list. */
const pauseFloorMs = 200;

/** Watches all jobs of a scope over one event stream. */
export function createEventStreamWatcher(parts: WatcherParts): NomadWatcher {
  return {
    name: "event-stream",
    watch: (scope, signal) =>
      supervise((report, ended) => new EventStreamWatch(parts, scope, report).run(ended), signal),
  };
}

/**
 * ```
 *   subscribe ─► list all ─► events … ─► gap, end or error ─► subscribe again
 *                  └ beside them: list what the scope gains; list all once a minute
 * ```
 * Subscribing comes first, so that what happens while the list is made is told by the stream. A stream that breaks is never
 * resumed by index: buffers are per server and hold 100 entries, and an index that is too old is answered silently from the
 * closest one (design: reference/peers.md, traps 17 and 18).
 */
class EventStreamWatch {
  readonly #growth: Growth;
  #failures = 0;

  constructor(
    private readonly parts: WatcherParts,
    private readonly scope: WatchScope,
    private readonly report: Parameters<WatchWork>[0],
  ) {
    this.#growth = new Growth(scope);
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.#follow(signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#failures += 1;
        if (!(error instanceof LauncherError) || !error.retryable || this.#failures >= mostFailures) throw error;
        await this.parts.clock.sleep(pauseFloorMs + pauseMs(error, this.#failures, this.parts.clock), signal);
      }
    }
  }

  /** One connection. Returns never; throws what ended it. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { namespace, region } = this.scope;
    const topics = ["Allocation", "Evaluation"];
    const call: ApiCall = {
      method: "GET",
      path: "/event/stream",
      query: { topic: topics, namespace, region },
      silenceMs,
    };
    const connection = new AbortController();
    const both = AbortSignal.any([signal, connection.signal]);
    try {
      const bytes = await this.parts.transport.stream(call, both);
      const gate = new Gate(this.report);
      const read = (ended: AbortSignal) => {
        // When a list fails, the stream has nothing more to say either.
        ended.addEventListener("abort", () => {
          connection.abort(ended.reason);
        });
        return this.#read(bytes, gate);
      };
      await together([read, (ended) => this.#sweep(gate, ended), (ended) => this.#grow(gate, ended)], both);
    } finally {
      connection.abort(new Error("the event stream was left"));
    }
  }

  async #read(bytes: AsyncIterable<Uint8Array>, gate: Gate): Promise<void> {
    const { scope, parts } = this;
    const since = parts.clock.now();
    for await (const line of splitLines(bytes)) {
      const jobIds = scope.jobIds();
      const found = readEventLine(line, (id) => jobIds.has(id), parts.transport.address);
      if (found !== undefined || parts.clock.now() - since > goodMs) this.#failures = 0;
      if (found === undefined) continue;
      const sighting = sightingOf(found, jobIds, parts.transport.address);
      for (const jobId of sighting.complete ?? []) this.#growth.saw(jobId);
      gate.event(sighting);
    }
    throw streamGap("the stream ended", parts.transport.address);
  }

  async #sweep(gate: Gate, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { transport, clock } = this.parts;
      gate.listed(await listJobs(transport, this.scope, this.#growth.all(), signal));
      await clock.sleep(sweepMs, signal);
    }
  }

  async #grow(gate: Gate, signal: AbortSignal): Promise<void> {
    const { transport, clock } = this.parts;
    await unlessAborted(gate.opened, signal);
    for (;;) {
      await this.#growth.stirred(signal);
      const unseen = this.#growth.unseen();
      await clock.sleep(gatherMs, signal);
      // Those that came meanwhile have their time, too: while jobs come all the time, most need no list.
      const fresh = this.#growth.fresh(unseen);
      if (fresh.size > 0) gate.listed(await listJobs(transport, this.scope, fresh, signal));
    }
  }
}

/** What cannot be read is left to the list that follows a gap: it tells whose trouble that is. */
function sightingOf({ index, events }: EventLine, jobIds: ReadonlySet<string>, address: string): Sighting {
  const call = "GET /event/stream";
  const allocations: Allocation[] = [];
  const evaluations: Evaluation[] = [];
  for (const { topic, payload } of events) {
    if (!jobIds.has(jobIdOf(payload) ?? "")) continue;
    try {
      if (topic === "Allocation") allocations.push(readAllocation(payload, call));
      if (topic === "Evaluation") evaluations.push(readEvaluation(payload, call));
    } catch (error) {
      throw streamGap(`an event could not be read: ${describeError(error)}`, address);
    }
  }
  const complete = new Set(evaluations.filter(isFirst).map(({ JobID }) => JobID));
  return { index, allocations, evaluations, ...(complete.size > 0 && { complete }) };
}

/** The evaluation of a job's registration, just made: the job is new, and all there is of it is told from here on. */
function isFirst({ TriggeredBy, CreateIndex, ModifyIndex }: Evaluation): boolean {
  return TriggeredBy === "job-register" && CreateIndex === ModifyIndex;
}
