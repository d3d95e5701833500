import type { LogMark, LogStream } from "../contracts/log-sink.js";
import type { NomadTransport } from "../contracts/transport.js";
import { LogFrameReader } from "./log-frames.js";
import { LogPosition } from "./log-position.js";

const nothing = new Uint8Array(0);

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
    // Since the last look any number of files may have been deleted.
    if (this.#position.begun) {
      this.#oldest = await this.#findOldest(signal);
      if (this.#position.lostBefore(this.#oldest)) yield { bytes: nothing, mark: this.#position.mark(), lost: true };
    }
    const frames = new LogFrameReader();
    for await (const chunk of await this.#open(follow, this.#position.offset(this.#oldest), signal)) {
      for (const { fileIndex, data } of frames.push(chunk)) {
        if (fileIndex !== undefined) this.#position.advance(fileIndex, data.length);
        yield { bytes: fileIndex === undefined ? nothing : data, mark: this.#position.mark() };
      }
    }
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
    return this.transport.stream({ method: "GET", path: `/client/fs/logs/${allocationId}`, query }, signal);
  }
}
