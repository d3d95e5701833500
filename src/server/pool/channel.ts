import type { Clock } from "../../core/contracts/clock.js";
import type { LogStream } from "../../core/contracts/log-sink.js";
import type { Logger } from "../../core/contracts/logger.js";
import type { CanExec, ExecCall } from "../../core/contracts/task-exec.js";
import type { ErrorCode } from "../../core/errors/catalogue.js";
import { describeError, LauncherError } from "../../core/errors/launcher-error.js";
import { LineSplitter } from "../../core/logs/split-lines.js";
import { parseProtocol } from "../protocol.js";
import { type HostMessage, type Offsets, type WorkerMessage, workerMessage } from "./messages.js";
import { Outbox } from "./outbox.js";

/** Pause between two signs of life, in milliseconds; a worker gives up after its `idle_timeout`, 10 s at least. */
const aliveMs = 3_000;
/** Pauses before the next session where one has failed, in milliseconds: the first, and the longest. */
const pauseMs = { first: 100, longest: 2_000 };
/** Sessions in a row that may fail before any has come about, until there is none to be had: some 10 s, and 75 s. */
const mostFailures = { final: 8, passing: 40 };
/** What an agent that is started again, or has much to do, answers for a while. */
const passing: ReadonlySet<unknown> = new Set<ErrorCode>([
  "NOMAD_E_API_SERVER",
  "NOMAD_E_API_BUSY",
  "NOMAD_E_TRANSPORT_BROKEN",
  "NOMAD_E_TRANSPORT_UNREACHABLE",
]);

/** Connects to the fork server, as soon as it listens; the worker's folders are those of its task. */
const bridge = `cd "\${NOMAD_TASK_DIR:-.}/.pool" 2>/dev/null || cd "\${NOMAD_TASK_DIR:-.}" || exit 3
tries=0
until [ -S socket ]; do
  tries=$((tries + 1)); [ "$tries" -lt 1200 ] || exit 4
  sleep 0.05; cd "\${NOMAD_TASK_DIR:-.}/.pool" 2>/dev/null
done
read -r python <python
exec "$python" -I -S bridge.py socket`;

export interface ChannelParts {
  readonly transport: CanExec;
  readonly place: Omit<ExecCall, "command">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The items whose output is wanted, from where on. */
  readonly wanted: () => Readonly<Record<string, Offsets>>;
  /** Takes each message, in order; no more is read while what it returns is pending. */
  readonly take: (message: WorkerMessage) => Promise<void>;
}

/** A worker's control channel: one exec session after another, for as long as the worker lives. */
export class WorkerChannel {
  #outbox: Outbox | undefined;
  /** Whether the worker has ever said something, and whether it has in this session. */
  #met = false;
  #heard = false;
  #sessions = 0;

  constructor(private readonly parts: ChannelParts) {}

  /** Says it, if there is a session; a new one begins with `hello`, which makes up for what was not heard. */
  send(message: HostMessage): void {
    this.#outbox?.push(message);
  }

  /**
   * Keeps a session open until the signal aborts.
   * @throws LauncherError when Nomad does not let us run commands in the worker.
   */
  async keepOpen(signal: AbortSignal): Promise<void> {
    let failures = 0;
    for (let pause = pauseMs.first; ; pause = Math.min(pause * 2, pauseMs.longest)) {
      const error = await this.#session(signal).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (isAborted(signal)) return;
      failures = this.#met ? 0 : failures + 1;
      if (isRefusal(error) || (failures >= patienceWith(error) && error !== undefined)) throw error;
      // One that was cut is opened again at once; one that fails again and again is not.
      if (this.#heard) pause = pauseMs.first;
      this.parts.logger.debug({ error: describeError(error ?? "it ended") }, "a worker's channel is opened again");
      await this.parts.clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { transport, place, wanted } = this.parts;
    const outbox = new Outbox();
    const over = new AbortController();
    const lines = new LineSplitter();
    this.#outbox = outbox;
    this.#heard = false;
    outbox.push({ hello: (this.#sessions += 1), items: wanted() });
    const alive = this.#stayAlive(outbox, over.signal);
    try {
      const output = (stream: LogStream, bytes: Uint8Array) => this.#read(stream, lines.push(bytes));
      await transport.exec({ ...place, command: ["sh", "-c", bridge] }, { input: outbox.read(), output }, signal);
    } finally {
      over.abort();
      outbox.close();
      await alive;
    }
  }

  async #read(stream: LogStream, lines: readonly Uint8Array[]): Promise<void> {
    for (const line of lines) {
      const text = Buffer.from(line).toString("utf8");
      // What a shell or an interpreter complains of.
      if (stream === "stderr" || !text.startsWith("{")) this.parts.logger.debug({ text }, "a worker's bridge says");
      else await this.#take(parseProtocol(workerMessage, text));
    }
  }

  async #take(message: WorkerMessage): Promise<void> {
    this.#met = this.#heard = true;
    await this.parts.take(message);
  }

  async #stayAlive(outbox: Outbox, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.parts.clock.sleep(aliveMs, over).catch(() => undefined);
      outbox.push({ alive: 1 });
    }
  }
}

const isAborted = ({ aborted }: AbortSignal) => aborted;

function patienceWith(error: unknown): number {
  return mostFailures[error instanceof LauncherError && passing.has(error.code) ? "passing" : "final"];
}

/** Whether it is no use to try again: the token may not, or the driver cannot. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof LauncherError &&
    (error.code === "NOMAD_E_API_FORBIDDEN" || /not (support|implement)/.test(error.message))
  );
}
