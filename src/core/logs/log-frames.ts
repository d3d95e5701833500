import { LauncherError } from "../errors/launcher-error.js";

/** One frame of Nomad's log stream. Source: https://developer.hashicorp.com/nomad/api-docs/client#stream-logs */
export interface LogFrame {
  /** Index of the log file the data is from; undefined in a heartbeat. */
  readonly fileIndex?: number;
  /**
   * A place in the file, in bytes: after the first piece that Nomad read for this frame, so behind the frame's first byte
   * and not behind its last. Source: `StreamFramer.Send` in Nomad's client/lib/streamframer/framer.go.
   */
  readonly offset: number;
  readonly data: Uint8Array;
  readonly event?: string;
}

/** Longest frame to accept, in characters: Nomad's hold 64 KiB of data at most. */
const longestFrame = 4 * 1024 * 1024;
const empty = new Uint8Array(0);

/**
 * Splits Nomad's framed log stream: JSON objects run together, with no newline between them.
 *
 * Base64 needs no escaping and file names hold no braces, so an object ends at the first `}`.
 */
export class LogFrameReader {
  #text = "";
  readonly #decoder = new TextDecoder();

  /**
   * Feeds bytes; yields every frame they complete.
   * @throws LauncherError `NOMAD_E_API_REPLY` when they are no frames, or one has no end.
   */
  *push(bytes: Uint8Array): Generator<LogFrame> {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    let start = 0;
    for (let end = this.#text.indexOf("}", start); end >= 0; end = this.#text.indexOf("}", start)) {
      const frame = parseFrame(this.#text.slice(start, end + 1));
      start = end + 1;
      if (frame !== undefined) yield frame;
    }
    this.#text = this.#text.slice(start);
    if (!/^\s*(\{|$)/.test(this.#text)) throw notFrames(this.#text);
    if (this.#text.length > longestFrame) throw malformed("a frame has no end");
  }
}

function parseFrame(text: string): LogFrame | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw notFrames(text);
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const { File: file, Offset: offset, Data: data, FileEvent: event } = raw as Record<string, unknown>;
  const index = typeof file === "string" ? fileIndex(file) : undefined;
  return {
    offset: typeof offset === "number" ? offset : 0,
    data: typeof data === "string" ? Buffer.from(data, "base64") : empty,
    ...(index !== undefined && { fileIndex: index }),
    ...(typeof event === "string" && event !== "" && { event }),
  };
}

/** `alloc/logs/main.stdout.3` -> 3 */
function fileIndex(file: string): number | undefined {
  const digits = /\.(\d+)$/.exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function notFrames(text: string): LauncherError {
  return malformed(`not a log frame: ${text.slice(0, 120)}`);
}

function malformed(problem: string): LauncherError {
  return new LauncherError("NOMAD_E_API_REPLY", { call: "GET /client/fs/logs", problem });
}
