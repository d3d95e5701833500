import type { Clock } from "../core/contracts/clock.js";
import type { LogMark, LogSink, LogStream } from "../core/contracts/log-sink.js";
import { LineSplitter } from "../core/logs/split-lines.js";
import { frame } from "./frames.js";
import { LogFile } from "./log-file.js";
import { mflogHeader } from "./mflog.js";

/** Longest beginning of a line to hold back, in bytes: one without an end must not fill the host. */
const longestHeld = 256 * 1024;

/** Sends bytes to the client; resolves when it can take more. */
export type Send = (bytes: Uint8Array) => Promise<void>;

/** What one stream needs to go on after the host was restarted. */
interface StreamState {
  readonly mark: LogMark;
  /** Base64 of a line's beginning that was read but not yet shown. */
  readonly held: string;
  /** Bytes in Metaflow's log file. */
  readonly size: number;
  /** Whether the last line was shown without its end, which is still to come. */
  readonly open?: boolean;
}

type ResumeState = Partial<Record<LogStream, StreamState>>;

/**
 * Gives a task's lines to its client and to Metaflow's log store at once, each under Metaflow's header.
 *
 * After every shown line it sends a resume token: should this host die, the next one goes on exactly there.
 */
export class TaskOutput implements LogSink {
  readonly resumeFrom: Partial<Record<LogStream, LogMark>>;
  readonly #state: Record<LogStream, StreamState>;
  readonly #splitters: Record<LogStream, LineSplitter>;
  readonly #files: Record<LogStream, LogFile>;

  constructor(
    private readonly send: Send,
    private readonly clock: Clock,
    files: Readonly<Record<LogStream, string>>,
    resume?: string,
  ) {
    const state = (resume === undefined ? {} : JSON.parse(resume)) as ResumeState;
    const start: StreamState = { mark: [], held: "", size: 0 };
    this.#state = { stdout: state.stdout ?? start, stderr: state.stderr ?? start };
    const { stdout, stderr } = this.#state;
    this.resumeFrom = { stdout: stdout.mark, stderr: stderr.mark };
    this.#splitters = { stdout: splitter(stdout), stderr: splitter(stderr) };
    this.#files = { stdout: new LogFile(files.stdout, stdout.size), stderr: new LogFile(files.stderr, stderr.size) };
  }

  async write(stream: LogStream, bytes: Uint8Array, mark: LogMark): Promise<void> {
    const splitter = this.#splitters[stream];
    const lines = splitter.push(bytes);
    const tooLong = splitter.size > longestHeld;
    if (lines.length === 0 && !tooLong) return;
    const wasOpen = this.#state[stream].open === true;
    const text = [this.#whole(lines, wasOpen)];
    const open = tooLong || (lines.length === 0 && wasOpen);
    if (tooLong) text.push(this.#beginning(splitter.take(), lines.length === 0 && wasOpen));
    const shown = await this.#keep(stream, Buffer.concat(text));
    const held = Buffer.from(splitter.rest).toString("base64");
    this.#state[stream] = { mark, held, size: this.#files[stream].size, ...(open && { open }) };
    // In one piece: a host that dies between the two would leave lines that the next one shows again.
    await this.send(Buffer.concat([shown, frame("r", JSON.stringify(this.#state))]));
  }

  async end(): Promise<void> {
    for (const stream of ["stdout", "stderr"] as const) {
      const { rest } = this.#splitters[stream];
      const open = this.#state[stream].open === true;
      if (rest.length > 0 || open) await this.send(await this.#keep(stream, this.#whole([rest], open)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#files.stdout[Symbol.asyncDispose](), this.#files.stderr[Symbol.asyncDispose]()]);
  }

  /** Whole lines, each under its header; of a line that was begun, only the rest. */
  #whole(lines: readonly Uint8Array[], open: boolean): Buffer {
    const now = this.clock.now();
    const header = (at: number) => Buffer.from(open && at === 0 ? "" : mflogHeader(now));
    return Buffer.concat(lines.flatMap((line, at) => [header(at), line, newline]));
  }

  /** A piece of a line whose end has not come. */
  #beginning(piece: Uint8Array, open: boolean): Buffer {
    return Buffer.concat([Buffer.from(open ? "" : mflogHeader(this.clock.now())), piece]);
  }

  /** Puts text into Metaflow's log; returns what shows it to the client. */
  async #keep(stream: LogStream, text: Uint8Array): Promise<Buffer> {
    await this.#files[stream].append(text);
    return frame(stream === "stdout" ? "o" : "e", text);
  }
}

const newline = Buffer.from("\n");
const splitter = ({ held }: StreamState) => new LineSplitter(Buffer.from(held, "base64"));
