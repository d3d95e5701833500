import { LauncherError } from "../../core/errors/launcher-error.js";
import { malformed } from "../read-fields.js";

/** Longest line to accept, in characters: one raft entry may carry hundreds of allocations, but not without end. */
const longestLine = 64 * 1024 * 1024;

/**
 * Splits bytes into lines, without their ends.
 *
 * A last line without an end counts when it is text (Nomad's last words); JSON without an end was cut off and is left out.
 */
export async function* splitLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let pending: string[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    const parts = decoder.decode(chunk, { stream: true }).split("\n");
    const rest = parts.pop() ?? "";
    for (const part of parts) {
      yield pending.join("") + part;
      [pending, size] = [[], 0];
    }
    pending.push(rest);
    size += rest.length;
    if (size > longestLine) throw malformed("GET /event/stream", "a line has no end");
  }
  const last = pending.join("") + decoder.decode();
  if (!last.startsWith("{")) yield last;
}

/** One line of the event stream that carries events. */
export interface EventLine {
  readonly index: number;
  readonly events: readonly { readonly topic: string; readonly payload: unknown }[];
}

/**
 * Reads one line of the event stream; undefined for heartbeats and for lines about other jobs.
 *
 * Nomad has sent HTTP 200 long before anything goes wrong, so it says so in a line of plain text ("event dropped from
 * buffer", "subscription closed by server, client should resubscribe").
 * @throws LauncherError `NOMAD_E_WATCH_GAP` for such a text, `NOMAD_E_API_REPLY` for broken JSON.
 */
export function readEventLine(
  line: string,
  concerns: (jobId: string) => boolean,
  address: string,
): EventLine | undefined {
  const text = line.trim();
  if (text === "" || text === "{}") return undefined;
  if (!text.startsWith("{")) throw streamGap(text.slice(0, 200), address);
  return mentions(text, concerns) ? parseLine(text) : undefined;
}

/** The error for events that may have been missed. */
export function streamGap(reason: string, address: string): LauncherError {
  return new LauncherError("NOMAD_E_WATCH_GAP", { address, reason });
}

const jobKey = '"JobID":"';

/** Whether a line names one of our jobs. A busy namespace has far more events than ours: parsing all of them would cost most of the CPU. */
function mentions(text: string, concerns: (jobId: string) => boolean): boolean {
  for (let at = text.indexOf(jobKey); at >= 0; at = text.indexOf(jobKey, at)) {
    at += jobKey.length;
    const end = text.indexOf('"', at);
    const id = text.slice(at, end);
    // An escape in the ID: let the parser decide.
    if (end < 0 || id.includes("\\") || concerns(id)) return true;
  }
  return false;
}

function parseLine(text: string): EventLine {
  const call = "GET /event/stream";
  let value: { Index?: unknown; Events?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (cause) {
    throw malformed(call, "a line is not JSON", cause);
  }
  const events = value?.Events;
  if (typeof value?.Index !== "number" || !Array.isArray(events))
    throw malformed(call, "a line has no Index or Events");
  return { index: value.Index, events: events.map(readEvent) };
}

function readEvent(value: unknown): EventLine["events"][number] {
  const { Topic, Payload } = (value ?? {}) as { Topic?: unknown; Payload?: Readonly<Record<string, unknown>> };
  const topic = String(Topic);
  return { topic, payload: Payload?.[topic] };
}
