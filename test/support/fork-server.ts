import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { CanExec, ExecCall, ExecIo } from "../../src/core/contracts/task-exec.js";
import { LauncherError } from "../../src/core/errors/launcher-error.js";
import { systemClock } from "../../src/core/host/system-clock.js";

const worker = resolve(import.meta.dirname, "../../python/metaflow_extensions/nomad_ext/plugins/nomad/worker");

/**
 * The real fork server around a step of three lines, without Metaflow. The words of an item: a file that it can make only
 * once, how many lines it prints on each stream, and how long it stays, in seconds.
 */
const program = `
import os, sys, time, types
package = sys.modules["nomad_worker"] = types.ModuleType("nomad_worker")
package.__path__ = [sys.argv[1]]
from nomad_worker.server import Server
name, lines, seconds = Server(60).serve()
open(name, "x").close()
for number in range(int(lines)):
    os.write(1, b"line %d\\n" % number)
    os.write(2, b"other %d\\n" % number)
time.sleep(float(seconds))
os._exit(0)
`;

/** How one session goes wrong. */
export interface Cut {
  /** So many bytes of the host's arrive, and of the worker's. */
  readonly up: number;
  readonly down: number;
  /** Whether the host is told first, and what it said arrives when it is long in another session. */
  readonly late: boolean;
}

/** A fork server of its own process, and sessions with it, each of which is cut as told; further ones are not. */
export class ForkServer implements CanExec, AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "mf-fork-"));
  readonly #process: ChildProcess;
  readonly #late: Promise<unknown>[] = [];
  sessions = 0;

  constructor(private readonly cuts: readonly Cut[]) {
    const cwd = join(this.folder, "code");
    mkdirSync(cwd);
    const env = { ...process.env, NOMAD_TASK_DIR: join(this.folder, "t"), NOMAD_ALLOC_DIR: join(this.folder, "a") };
    // As the scripts find it (scripts/lib/python-env.mjs).
    const [python, script] = [process.env["METAFLOW_NOMAD_PYTHON"] ?? "python3", ["-I", "-S", "-c", program, worker]];
    this.#process = spawn(python, script, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
  }

  async exec(_call: ExecCall, { input, output }: ExecIo, signal: AbortSignal): Promise<number> {
    const cut = this.cuts[this.sessions] ?? { up: Infinity, down: Infinity, late: false };
    this.sessions += 1;
    if (cut.late) return this.#comesLate(cut, input ?? none(), signal);
    const socket = await this.#connect(signal);
    const leave = () => socket.destroy();
    signal.addEventListener("abort", leave, { once: true });
    try {
      const sent = send(socket, input ?? none(), cut.up);
      await receive(socket, output, cut.down);
      // The rest of the input, which nobody hears.
      void sent;
      throw cutOff();
    } finally {
      signal.removeEventListener("abort", leave);
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#late);
    const gone = once(this.#process, "exit");
    if (this.#process.exitCode === null && this.#process.kill("SIGKILL")) await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #comesLate({ up }: Cut, input: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    for await (const bytes of input) {
      const said = Buffer.from(bytes).subarray(0, up);
      const comes = async () => {
        await systemClock.sleep(5 + (up % 40), new AbortController().signal);
        const socket = await this.#connect(signal);
        socket.write(said);
        await receive(socket, () => undefined, Infinity);
      };
      this.#late.push(comes().catch(() => undefined));
      break;
    }
    throw cutOff();
  }

  async #connect(signal: AbortSignal): Promise<Socket> {
    for (;;) {
      const socket = connect(join(this.folder, "t/.pool/socket"));
      const error = await once(socket, "connect").then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) return socket;
      signal.throwIfAborted();
      if (this.#process.exitCode !== null) throw cutOff();
      await systemClock.sleep(5, signal);
    }
  }
}

async function send(socket: Socket, input: AsyncIterable<Uint8Array>, most: number): Promise<void> {
  let left = most;
  for await (const bytes of input) {
    if (socket.destroyed) return;
    socket.write(bytes.subarray(0, left));
    left -= bytes.length;
    if (left <= 0) {
      socket.end();
      return;
    }
  }
}

async function receive(socket: Socket, output: ExecIo["output"], most: number): Promise<void> {
  let left = most;
  try {
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      await output("stdout", bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) return;
    }
  } catch (error) {
    // A gap, or what is no message, is the host's to complain of; that the connection broke is what happens here.
    if (!(error instanceof Error && "syscall" in error)) throw error;
  }
}

const cutOff = () =>
  new LauncherError("NOMAD_E_TRANSPORT_BROKEN", { address: "fake", call: "exec", reason: "it was cut" });

async function* none(): AsyncGenerator<never> {}
