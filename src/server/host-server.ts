import { createServer, type Server, type Socket } from "node:net";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/contracts/clock.js";
import type { Logger } from "../core/contracts/logger.js";
import { describeError } from "../core/errors/launcher-error.js";
import type { Host } from "../core/host/host.js";
import { checkRun, refusal, settled } from "./check-run.js";
import { Connection } from "./connection.js";
import { frame } from "./frames.js";
import { hello, parseProtocol, runCommand, type RunFile, type TaskFile, taskFile } from "./protocol.js";
import { launcherOf } from "./launcher-of.js";
import { listenPrivately } from "./private-socket.js";
import { RunSession } from "./run-session.js";
import { Pools, poolsOf } from "./pool/pools.js";
import { type OnEnded, RunTasks } from "./run-tasks.js";
import { stopLeftovers } from "./stop-leftovers.js";
import { logSweep, sweepDead } from "./sweep-dead.js";

/**
 * How long a host waits for its runtime and clients to come, or after a restart to come back, in milliseconds. Nothing of
 * a run may be left 10 s after its end.
 */
const reunionMs = 8_000;

/** What a host server is made from. */
export interface HostServerParts {
  /** The run's private folder: run.json, host.sock, tasks/. */
  readonly folder: string;
  readonly run: RunFile;
  /** The composed host, or why it could not be composed: then every client is told so. */
  readonly host: Promise<Host>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The launch host of one run, on a private unix socket.
 *
 * ```
 *   listening ──runtime or client comes──► serving ──runtime gone, or SIGTERM──► stopping ──► gone
 *       └────────────── nobody within 8 s, or nobody any more ─────────────────────┘
 * ```
 * Stopping aborts every task, which stops its job; the folder goes with the host.
 */
export class HostServer {
  readonly #stop = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #served = new Set<string>();
  readonly #connections = new Set<Connection>();
  readonly #session: RunSession;
  readonly #running: Promise<RunTasks>;
  readonly #pools: Promise<Pools>;
  #sweeping: Promise<void> | undefined;
  #server: Server | undefined;
  /** Folders that nobody else will remove. */
  #scratch: readonly string[];
  #reunited = false;

  constructor(private readonly parts: HostServerParts) {
    this.#session = new RunSession(parts.clock);
    this.#scratch = parts.run.scratch;
    this.#pools = parts.host.then((host) => new Pools(host, poolsOf(parts.folder)));
    this.#pools.catch(() => undefined);
    this.#running = this.#open();
    this.#running.catch(() => undefined);
  }

  /**
   * Serves until the runtime is gone and every job has been stopped.
   * @throws LauncherError `NOMAD_E_HOST_SOCKET` when another host serves there, or the folder is not this user's.
   */
  async serve(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: false }, (socket) => {
      this.#accept(socket).catch((error: unknown) => {
        this.#complain("a connection failed", error);
        socket.destroy();
      });
    });
    await this.#listen(this.#server);
    this.#awaitReunion().catch((error: unknown) => this.#complain("jobs left behind could not be looked for", error));
    await new Promise<void>((resolve) => this.#stop.signal.addEventListener("abort", () => resolve(), { once: true }));
    await this.#close();
  }

  async #open(): Promise<RunTasks> {
    const [host, pools] = await Promise.all([this.parts.host, this.#pools]);
    const ended: OnEnded = (task, facts, outcome) => this.#ended(task, facts, outcome);
    return new RunTasks(host, this.parts.clock, ended, pools);
  }

  async #listen(server: Server): Promise<void> {
    try {
      await listenPrivately(server, join(this.parts.folder, "host.sock"));
    } catch (error) {
      // What another host works with stays as it is; only what is ours is closed.
      await (await this.parts.host.catch(() => undefined))?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Stops all jobs and ends `serve`. */
  stop(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.parts.logger.info({ reason }, "stopping");
    this.#stop.abort(new Error(reason));
  }

  async #close(): Promise<void> {
    this.#server?.close();
    const pools = await this.#pools.catch(() => undefined);
    await Promise.allSettled([pools?.[Symbol.asyncDispose](), ...this.#tasks, this.#sweeping]);
    const host = await this.parts.host.catch(() => undefined);
    await host?.[Symbol.asyncDispose]();
    // A task that ran as another user may have left files in one that are not ours to remove.
    const remove = (folder: string) => rm(folder, { recursive: true, force: true });
    for (const folder of [...this.#scratch, this.parts.folder])
      await remove(folder).catch((error: unknown) => this.#complain(`${folder} could not be removed`, error));
    // Last, for the runtime takes it as the sign that nothing is left running.
    for (const connection of this.#connections) connection.end();
  }

  async #accept(socket: Socket): Promise<void> {
    const connection = new Connection(socket);
    this.#connections.add(connection);
    const first = await connection.line();
    if (first === undefined) return;
    const greeting = parseProtocol(hello, first);
    if (greeting.kind === "run") await this.#serveRun(connection);
    else if (greeting.kind === "metrics") await this.#tellMetrics(connection);
    else await this.#trackTask(this.#serveTask(connection, greeting.request, greeting.resume ?? undefined));
  }

  /** Whoever may open the socket may look; it keeps no host alive. */
  async #tellMetrics(connection: Connection): Promise<void> {
    const text = await this.parts.host.then(({ metrics }) => metrics).catch(() => "# EOF\n");
    await connection.send(text);
    this.#connections.delete(connection);
    connection.end();
  }

  /** Tasks are waited for when the host closes; the runtime's connection is not, for it waits for the close itself. */
  async #trackTask(task: Promise<void>): Promise<void> {
    this.#tasks.add(task);
    await task.finally(() => {
      this.#tasks.delete(task);
      this.#stopIfAlone();
    });
  }

  /** A runtime that died together with an earlier host never comes; its clients do, and only to give up. */
  #stopIfAlone(): void {
    if (this.#reunited && !this.#session.connected && this.#tasks.size === 0) this.stop("nobody is left");
  }

  #complain(what: string, error: unknown): void {
    this.parts.logger.warn({ error: describeError(error) }, what);
  }

  async #serveRun(connection: Connection): Promise<void> {
    this.#session.attach(connection);
    const { run, host } = this.parts;
    const checked = join(this.parts.folder, "checked");
    // What was found to be in order stays so, however the cluster is when a host comes back in the middle of a run.
    const check = existsSync(checked) ? settled : checkRun;
    const answer = await host
      .then((ready) => check(run, ready, AbortSignal.any([this.#stop.signal, connection.closed])), refusal)
      .catch(refusal);
    if (answer.ok) await writeFile(checked, "");
    await connection.send(`${JSON.stringify(answer)}\n`);
    if (answer.ok) this.#sweeping ??= this.#sweep(await host);
    try {
      for (let line = await connection.line(); line !== undefined; line = await connection.line()) {
        const command = parseProtocol(runCommand, line);
        // Acknowledgements of the tasks that are being stopped may still follow.
        if ("ack" in command) this.#session.acknowledge(command.ack);
        else this.#endInOrder();
      }
    } catch (error) {
      this.#complain("the runtime's connection broke", error);
    }
    this.stop("the runtime is gone");
  }

  /** What earlier runs of this machine have left goes on being there, and being paid for, until somebody looks. */
  #sweep(host: Host): Promise<void> {
    const { run, clock, logger } = this.parts;
    const launchers = new Set(run.steps.map((step) => launcherOf(step, host)));
    return sweepDead([...launchers], logSweep(logger), { clock }, this.#stop.signal);
  }

  /** The runtime ends the run itself, and removes what it made. */
  #endInOrder(): void {
    this.#scratch = [];
    this.stop("the run is over");
  }

  async #serveTask(connection: Connection, file: string, resume: string | undefined): Promise<void> {
    const send = (bytes: Uint8Array) => connection.send(bytes);
    const cancelled = new AbortController();
    try {
      const task = parseProtocol(taskFile, await readFile(file, "utf8"));
      // Only asked for in the reunion; later it would only grow.
      if (!this.#reunited) this.#served.add(file);
      void connection.anything().then(() => cancelled.abort(new Error("the task's client gave up")));
      const signal = AbortSignal.any([cancelled.signal, this.#stop.signal]);
      await (await this.#running).run(task, send, signal, resume);
      await putAway(file, task);
    } catch (error) {
      await send(frame("e", `${describeError(error)}\n`));
      await send(frame("x", "1"));
    } finally {
      this.#connections.delete(connection);
      connection.end();
    }
  }

  async #ended(task: TaskFile, facts: Record<string, string>, outcome: unknown): Promise<void> {
    const { pathspec, attempt, logs } = task;
    await this.#session.tell(`${pathspec}/${attempt}`, { event: "ended", pathspec, attempt, logs, facts, outcome });
  }

  /** A restarted host gives those it serves time to come back; what nobody claims is stopped. */
  async #awaitReunion(): Promise<void> {
    const left = await readdir(join(this.parts.folder, "tasks")).catch(() => []);
    await this.parts.clock.sleep(reunionMs, this.#stop.signal).catch(() => undefined);
    if (this.#stop.signal.aborted) return;
    const unclaimed = left
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(this.parts.folder, "tasks", name))
      .filter((file) => !this.#served.has(file));
    if (unclaimed.length > 0) await stopLeftovers(unclaimed, await this.parts.host, this.parts.logger);
    this.#reunited = true;
    this.#stopIfAlone();
  }
}

/** Takes the request of a task that has ended from those that are open. */
async function putAway(file: string, task: TaskFile): Promise<void> {
  if (task.pool === undefined) return rm(file, { force: true });
  // Of short tasks there are many, and ext4 passes over the place of a removed file for minutes, at each new one.
  await truncate(file).catch(() => undefined);
  await rename(file, `${file}.ended`).catch(() => undefined);
}
