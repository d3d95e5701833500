import type { LogMark, LogStream } from "../contracts/log-sink.js";
import type { NomadTransport } from "../contracts/transport.js";
import { type LogFrame, LogFrameReader } from "./log-frames.js";
import { LogPosition } from "./log-position.js";

const nothing = new Uint8Array(0);
/** So many times in a row a look may find that the log has moved on before it is given up. */
const mostMoves = 5;
/** Heartbeats, one a second, after which a followed log that has not shown its last byte again does not have it. */
const mostHeartbeats = 3;

/**
 * Silence after which a read counts as broken, in milliseconds: of a followed log Nomad sends a heartbeat every second, and a look
 * is answered at once. A server whose way to the node has just broken leaves both without an answer.
 */
const silenceMs = 20_000;

/** Which log to read. */
export interface LogSource {
  readonly allocationId: string;
  readonly task: string;
  readonly stream: LogStream;
  readonly namespace: string;
  readonly region?: string;
  /** Size at which Nomad begins a new file, in bytes (`LogConfig.MaxFileSizeMB`). */
  readonly fileBytes: number;
}

/** Bytes of a log, in order, and where the log stands after them. Empty bytes are heartbeats. */
export interface LogPiece {
  readonly bytes: Uint8Array;
  readonly mark: LogMark;
  /** At most so many bytes before these were deleted by rotation before they were read; absent: none. */
  readonly lostBytes?: number;
}

/**
 * Reads one log stream, resumable at any piece.
 *
 * The last byte that was read is read again each time. Where Nomad does not find it where it was, rotation has deleted
 * files since: then the oldest file is looked for, and what is missing is said.
 * Source: https://developer.hashicorp.com/nomad/api-docs/client#stream-logs
 */
export class LogReader {
  readonly #position: LogPosition;
  #oldest = 0;

  constructor(
    private readonly transport: NomadTransport,
    private readonly source: LogSource,
    mark?: LogMark,
  ) {
    this.#position = new LogPosition(mark);
  }

  /** Yields what is there from where the last call stopped; with `follow`, goes on until the signal aborts. */
  async *read(follow: boolean, signal: AbortSignal): AsyncGenerator<LogPiece> {
    for (let moves = 0; moves < mostMoves; moves += 1) {
      if (yield* this.#readOn(follow, signal)) return;
      this.#oldest = await this.#findOldest(signal);
      if (this.#oldest > this.#position.current) yield this.#skip(this.#oldest);
    }
    throw new Error("the log on the node is not the one that was read before");
  }

  /** Reads on from the position; false when the log is not what it was there. */
  async *#readOn(follow: boolean, signal: AbortSignal): AsyncGenerator<LogPiece, boolean> {
    let overlap = this.#position.inCurrent > 0 ? 1 : 0;
    let patience = follow ? mostHeartbeats : Number.POSITIVE_INFINITY;
    const frames = new LogFrameReader();
    for await (const chunk of await this.#open(follow, this.#position.offset(this.#oldest) - overlap, signal)) {
      for (const frame of frames.push(chunk)) {
        if (overlap > 0 && frame.fileIndex === undefined && (patience -= 1) > 0) continue;
        if (overlap > 0 && !this.#continues(frame)) return false;
        yield this.#take(frame, overlap);
        overlap = 0;
      }
    }
    return overlap === 0;
  }

  /** Whether a frame begins with the last byte that was read. */
  #continues({ fileIndex, offset, data }: LogFrame): boolean {
    const last = this.#position.inCurrent - 1;
    return fileIndex === this.#position.current && offset > last && offset - data.length <= last;
  }

  #take({ fileIndex, data }: LogFrame, overlap: number): LogPiece {
    if (fileIndex === undefined) return { bytes: nothing, mark: this.#position.mark() };
    const skipped = fileIndex - this.#position.current - 1;
    const bytes = data.subarray(overlap);
    this.#position.advance(fileIndex, bytes.length);
    const lost = skipped > 0 ? { lostBytes: skipped * this.source.fileBytes } : {};
    return { bytes, mark: this.#position.mark(), ...lost };
  }

  /** The file that was read is gone, and perhaps some after it. */
  #skip(oldest: number): LogPiece {
    const { current, inCurrent } = this.#position;
    const files = Math.max(0, oldest - current - 1);
    const rest = Math.max(0, this.source.fileBytes - inCurrent);
    this.#position.skipTo(oldest);
    return { bytes: nothing, mark: this.#position.mark(), lostBytes: rest + files * this.source.fileBytes };
  }

  async #findOldest(signal: AbortSignal): Promise<number> {
    const frames = new LogFrameReader();
    for await (const chunk of await this.#open(false, 0, signal)) {
      for (const { fileIndex } of frames.push(chunk)) if (fileIndex !== undefined) return fileIndex;
    }
    return this.#oldest;
  }

  #open(follow: boolean, offset: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { allocationId, task, stream, namespace, region } = this.source;
    const query = { task, type: stream, follow, offset, origin: "start", namespace, region };
    const call = { method: "GET", path: `/client/fs/logs/${allocationId}`, query, silenceMs } as const;
    return this.transport.stream(call, signal);
  }
}
