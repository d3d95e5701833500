import { on } from "node:events";
import type { IncomingMessage } from "node:http";
import { type RawData, WebSocket } from "ws";
import type { Clock } from "../core/contracts/clock.js";
import type { ExecIo } from "../core/contracts/task-exec.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { CallContext } from "./call-context.js";
import { classifyFailure } from "./classify-failure.js";
import { classifyReply } from "./classify-reply.js";
import { type ExecFrame, readExecFrame } from "./exec-frames.js";

/** Pause between two heartbeats, in milliseconds. Nomad's own client: api/allocations_exec.go `heartbeatInterval` */
const beatMs = 10_000;
/** Heartbeats in a row that may stay without any answer, before and after the socket is open: 30 s and 90 s in all. */
const patience = { opening: 2, open: 8 };
/** Longest refusal to read, in bytes. */
const longestRefusal = 64 * 1024;
/** Frames kept while the output is not taken: reading stops at the first figure and goes on at the second. */
const queue = { highWaterMark: 64, lowWaterMark: 16 };
/** How a terminal says that there is no more input. Nomad would hang up instead, and the command lose its output. */
const endOfTransmission = Buffer.from([4]);

export interface ExecSessionParts {
  readonly io: ExecIo;
  readonly tty: boolean;
  readonly clock: Clock;
  readonly context: CallContext;
}

/** One command's conversation over one socket. */
export class ExecSession {
  readonly #ended = new AbortController();
  readonly #failure = Promise.withResolvers<never>();
  /** Heartbeats sent since anything was heard. Counted, not timed: a process that slept (Ctrl-Z, a laptop) heard nothing. */
  #unanswered = 0;
  /** Frames of input: sent, and sent before the newest ping that was answered. The agent reads a ping only after them. */
  readonly #input = { sent: 0, taken: 0 };
  #writing = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly parts: ExecSessionParts,
  ) {
    // Leaving before it is open would otherwise end the process with an uncaught error.
    socket.on("error", () => undefined);
    this.#failure.promise.catch(() => undefined);
  }

  /** Runs it to the command's end. Nomad closes without a close frame: the end is the frame that says `exited`. */
  async run(): Promise<number> {
    const { socket, parts } = this;
    const { signal } = this.#ended;
    socket.on("unexpected-response", (_request, response) => this.#start(refusal(response, parts.context)));
    socket.on("open", () => this.#start(this.#send(signal)));
    for (const event of ["message", "ping", "pong"]) socket.on(event, () => (this.#unanswered = 0));
    socket.on("pong", (sent) => (this.#input.taken = Number(sent)));
    this.#start(this.#beat(signal));
    try {
      return await Promise.race([this.#receive(), this.#failure.promise]);
    } finally {
      this.#ended.abort();
    }
  }

  /** The first failure of any part ends the session. */
  #start(part: Promise<void>): void {
    part.catch((error: unknown) => this.#failure.reject(error));
  }

  async #receive(): Promise<number> {
    let end = { code: 1006, reason: "" };
    this.socket.once("close", (code, reason) => (end = { code, reason: String(reason) }));
    for await (const frame of this.#frames()) {
      if (frame.exitCode !== undefined) return frame.exitCode;
      await this.#pass(frame);
    }
    throw closed(end.code, end.reason, this.parts.context);
  }

  async *#frames(): AsyncGenerator<ExecFrame> {
    const { socket, parts } = this;
    try {
      for await (const [data] of on(socket, "message", { close: ["close"], ...queue }) as AsyncIterable<[RawData]>)
        // ws gives Buffers unless told otherwise.
        yield readExecFrame((data as Buffer).toString("utf8"), parts.context.call);
    } catch (error) {
      throw classifyFailure(error, parts.context);
    }
  }

  async #pass(frame: ExecFrame): Promise<void> {
    this.#writing = true;
    for (const stream of ["stdout", "stderr"] as const) {
      const bytes = frame[stream];
      if (bytes !== undefined && bytes.length > 0) await this.parts.io.output(stream, bytes);
    }
    this.#writing = false;
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { io, tty } = this.parts;
    await Promise.all([tty ? this.#sendSizes(io, signal) : undefined, this.#sendInput(io, signal)]);
  }

  async #sendSizes({ sizes = none() }: ExecIo, signal: AbortSignal): Promise<void> {
    for await (const { height, width } of sizes) {
      if (signal.aborted) return;
      await this.#write({ tty_size: { height, width } });
    }
  }

  async #sendInput({ input }: ExecIo, signal: AbortSignal): Promise<void> {
    for await (const bytes of input ?? none()) {
      if (signal.aborted) return;
      await this.#writeInput(bytes);
    }
    if (!this.parts.tty) await this.#write({ stdin: { close: true } });
    else if (input !== undefined) await this.#writeInput(endOfTransmission);
  }

  #writeInput(bytes: Uint8Array): Promise<void> {
    this.#input.sent += 1;
    return this.#write({ stdin: { data: Buffer.from(bytes).toString("base64") } });
  }

  /** Resolves when the connection has taken it: later, when the command does not read. A failure is the socket's to tell. */
  #write(frame: object): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.readyState !== WebSocket.OPEN) resolve();
      else this.socket.send(JSON.stringify(frame), () => resolve());
    });
  }

  /** An empty frame and a ping, again and again: what is between stays open, and a peer that is gone is noticed. */
  async #beat(signal: AbortSignal): Promise<void> {
    const { clock, context } = this.parts;
    while (!signal.aborted) {
      await clock.sleep(beatMs, signal);
      const open = this.socket.readyState !== WebSocket.CONNECTING;
      const most = patience[open ? "open" : "opening"];
      if (!this.#excused) this.#unanswered += 1;
      if (this.#unanswered > most) throw silent(context, ((most + 1) * beatMs) / 1000);
      if (this.socket.readyState !== WebSocket.OPEN) continue;
      this.socket.ping(String(this.#input.sent));
      await this.#write({});
    }
  }

  /**
   * Whether silence proves nothing: we do not read, or the command does not, and the agent waits for it. TCP then ends the
   * connection to a dead peer, in some 15 minutes. What somebody types at a terminal is always read.
   */
  get #excused(): boolean {
    return this.#writing || (!this.parts.tty && this.#input.taken < this.#input.sent);
  }
}

async function* none(): AsyncGenerator<never> {}

async function refusal(response: IncomingMessage, context: CallContext): Promise<never> {
  const { statusCode: status = 0, headers } = response;
  const [type = "", location = ""] = [headers["content-type"], headers.location];
  throw classifyReply({ status, type, location, text: await beginning(response) }, context);
}

async function beginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= longestRefusal) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, longestRefusal);
}

function silent(context: CallContext, seconds: number): LauncherError {
  return new LauncherError("NOMAD_E_TRANSPORT_TIMEOUT", { address: context.address, call: context.call, seconds });
}

/** How Nomad closes what it refuses once the socket is open. Source: command/agent/alloc_endpoint.go `toWsCode` */
const closeStatus: Readonly<Record<number, number>> = { 1008: 400, 1011: 500 };

function closed(code: number, reason: string, context: CallContext): LauncherError {
  const status = closeStatus[code];
  if (status !== undefined) return classifyReply({ status, type: "text/plain", location: "", text: reason }, context);
  const facts = { address: context.address, call: context.call, reason: "it closed before the command had ended" };
  return new LauncherError("NOMAD_E_TRANSPORT_BROKEN", facts);
}
