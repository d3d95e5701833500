import type { LogMark, LogStream } from "../contracts/log-sink.js";
import type { NomadTransport } from "../contracts/transport.js";
import { LogFrameReader } from "./log-frames.js";
import { LogPosition } from "./log-position.js";

/** Which log to read. */
export interface LogSource {
  readonly allocationId: string;
  readonly task: string;
  readonly stream: LogStream;
  readonly namespace: string;
  readonly region?: string;
}

/** Bytes of a log, in order, and where the log stands after them. Empty bytes are heartbeats. */
export interface LogPiece {
  readonly bytes: Uint8Array;
  readonly mark: LogMark;
  /** Set once when rotation deleted lines before they were read. */
  readonly lost?: boolean;
}

/**
 * Reads one log stream, resumable at any piece.
 *
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
    const misread = yield* this.#readFrom(this.#oldest, follow, signal);
    if (misread === undefined) return;
    // Rotation deleted files: learn which file is the oldest now, and count from there.
    this.#oldest = await this.#findOldest(signal);
    if (this.#position.lostBefore(this.#oldest)) {
      yield { bytes: new Uint8Array(0), mark: this.#position.mark(), lost: true };
    }
    yield* this.#readFrom(this.#oldest, follow, signal);
  }

  /** Yields until the end or the first frame that does not continue; returns that frame's file index. */
  async *#readFrom(oldest: number, follow: boolean, signal: AbortSignal): AsyncGenerator<LogPiece, number | undefined> {
    const frames = new LogFrameReader();
    const checked = oldest === this.#oldest && this.#position.offset(0) > 0;
    let first = checked;
    for await (const chunk of await this.#open(follow, this.#position.offset(oldest), signal)) {
      for (const frame of frames.push(chunk)) {
        const { fileIndex, data } = frame;
        if (fileIndex === undefined || data.length === 0) {
          yield { bytes: data, mark: this.#position.mark() };
          continue;
        }
        if (first && !this.#position.continues(fileIndex, frame.offset)) return fileIndex;
        first = false;
        this.#position.advance(fileIndex, data.length);
        yield { bytes: data, mark: this.#position.mark() };
      }
    }
    return undefined;
  }

  async #findOldest(signal: AbortSignal): Promise<number> {
    const frames = new LogFrameReader();
    for await (const chunk of await this.#open(false, 0, signal)) {
      for (const { fileIndex } of frames.push(chunk)) if (fileIndex !== undefined) return fileIndex;
    }
    return 0;
  }

  #open(follow: boolean, offset: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { allocationId, task, stream, namespace, region } = this.source;
    const query = { task, type: stream, follow, offset, origin: "start", namespace, region };
    return this.transport.stream({ method: "GET", path: `/client/fs/logs/${allocationId}`, query }, signal);
  }
}
