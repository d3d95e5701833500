import { LauncherError } from "../../core/errors/launcher-error.js";
import { splitLines, streamGap } from "../../transports/watchers/event-lines.js";
import type { Caller } from "../caller.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";

/** What an event is about, as it is after the event. Source: nomad/structs/event.go */
export interface EventPayload {
  readonly Job?: Nomad.Job;
  readonly Allocation?: Nomad.Allocation;
  readonly Deployment?: Nomad.Deployment;
  readonly Evaluation?: Nomad.Evaluation;
  readonly Node?: Nomad.Node;
  readonly NodePool?: Nomad.NodePool;
  readonly Service?: Nomad.ServiceRegistration;
  /** What newer Nomads tell of. */
  readonly [topic: string]: unknown;
}

export interface NomadEvent {
  /** `Job`, `Allocation`, `Deployment`, `Evaluation`, `Node`, `NodePool`, `Service`, `ACLToken` … */
  readonly Topic: string;
  /** What happened: `AllocationUpdated`. */
  readonly Type: string;
  /** ID of what it happened to. */
  readonly Key: string;
  readonly Namespace: string;
  readonly FilterKeys: readonly string[] | null;
  readonly Index: number;
  readonly Payload: EventPayload;
}

/** The events of one change of the servers' state. */
export interface EventBatch {
  readonly Index: number;
  readonly Events: readonly NomadEvent[];
}

export interface EventOptions extends CallOptions {
  /** `Topic`, or `Topic:key`: `["Allocation", "Job:web"]`. Default: all that the token may see. */
  readonly topics?: readonly string[] | undefined;
  /**
   * Begin with the events of this index. Nomad keeps the last 100 changes by default, and begins without a word with the
   * oldest it has where that is a later one: list first, and compare indexes.
   */
  readonly index?: number | undefined;
}

/** Silence after which a stream counts as dead, in milliseconds: Nomad sends a heartbeat every 30 s. */
const silenceMs = 75_000;
const call = "GET /event/stream";

/** The event stream. Source: https://developer.hashicorp.com/nomad/api-docs/events */
export class Events {
  readonly #call: Caller;

  constructor(caller: Caller) {
    this.#call = caller;
  }

  /**
   * GET /event/stream. What happens, until the loop is left or the signal aborts.
   *
   * @throws LauncherError `NOMAD_E_WATCH_GAP` when the stream ended, or Nomad said under HTTP 200 that it dropped events: list
   *   anew, and begin again.
   */
  async *stream(options: EventOptions = {}): AsyncGenerator<EventBatch, void, undefined> {
    const { topics, index } = options;
    const { address } = this.#call.parts.transport;
    const bytes = this.#call.bytes("/event/stream", options, { query: { topic: topics, index }, silenceMs });
    for await (const line of splitLines(bytes)) {
      const batch = readLine(line.trim(), address);
      if (batch !== undefined) yield batch;
    }
    throw streamGap("the stream ended", address);
  }
}

/** A heartbeat is an empty object, or nothing. */
function readLine(line: string, address: string): EventBatch | undefined {
  if (line === "" || line === "{}") return undefined;
  if (!line.startsWith("{")) throw streamGap(line.slice(0, 200), address);
  const batch = parse(line) as Partial<EventBatch> | null;
  if (typeof batch?.Index === "number" && Array.isArray(batch.Events)) return batch as EventBatch;
  throw new LauncherError("NOMAD_E_API_REPLY", { call, problem: "a line has no Index or Events" });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new LauncherError("NOMAD_E_API_REPLY", { call, problem: "a line is not JSON" }, { cause });
  }
}
