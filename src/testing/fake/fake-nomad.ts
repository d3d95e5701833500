import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../core/contracts/clock.js";
import { systemClock } from "../../core/host/system-clock.js";
import type { Job } from "../../core/model/job.js";
import { FakeCluster } from "./cluster.js";
import { answer, type FakeCall, refusal } from "./routes.js";
import { follow } from "./streams.js";
import { type TaskScript, usualScript } from "./task-script.js";

/** What goes wrong with a call: a reply of its own, a connection that is cut, or one that never answers. */
export type Fault = { readonly status: number; readonly text: string } | "cut" | "silent";

/** How a fake Nomad is. */
export interface FakeOptions {
  /** What a job's main task does. Default: `usualScript`. */
  readonly script?: (job: Job) => TaskScript;
  /** Asked before each call is answered; undefined lets it through. */
  readonly fault?: (call: FakeCall) => Fault | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** What `/v1/agent/self` says. Default: 1.11.0. */
  readonly version?: string;
  /** The only token that counts; without one, ACLs are off. */
  readonly token?: string;
}

/** A Nomad of one node that runs nothing: real HTTP, in the shapes of 1.11.0, for tests without an agent. Gone when disposed. */
export interface FakeNomad extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly cluster: FakeCluster;
  /** Every call so far, the oldest first. */
  readonly calls: readonly FakeCall[];
  /** Ends every event stream by a line of plain text, as Nomad does when its buffer overran. Default: Nomad's own words for that. */
  breakStreams(text?: string): void;
}

/** Starts one on a free port of this machine. */
export async function startFakeNomad(options: FakeOptions = {}): Promise<FakeNomad> {
  const { clock = systemClock, script = usualScript } = options;
  const cluster = new FakeCluster(clock, script);
  const calls: FakeCall[] = [];
  const breaks = new Set<(text: string) => void>();
  const closed = new AbortController();
  const server = createServer((request, reply) => {
    const parts = { cluster, clock, breaks, closed: closed.signal };
    const handled = handle(request, reply, { ...parts, options, calls });
    handled.catch(
      (error: unknown) => reply.destroyed || send(reply, { status: 500, text: String(error) }, cluster.index),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cluster,
    calls,
    breakStreams: (text = "event dropped from buffer") => breaks.forEach((end) => end(text)),
    async [Symbol.asyncDispose]() {
      closed.abort(new Error("the fake Nomad was closed"));
      cluster.close();
      await close(server);
    },
  };
}

interface Handling {
  readonly cluster: FakeCluster;
  readonly clock: Clock;
  readonly breaks: Set<(text: string) => void>;
  readonly closed: AbortSignal;
  readonly options: FakeOptions;
  readonly calls: FakeCall[];
}

async function handle(request: IncomingMessage, reply: ServerResponse, parts: Handling): Promise<void> {
  const call = await readCall(request);
  parts.calls.push(call);
  const fault = parts.options.fault?.(call);
  if (fault === "cut") return void request.socket.destroy();
  if (fault === "silent") return;
  const refused = fault ?? refusal(call, parts.options.token);
  if (refused !== undefined) {
    send(reply, refused, parts.cluster.index);
    return;
  }
  const gone = new AbortController();
  reply.once("close", () => gone.abort(new Error("the caller has gone")));
  const signal = AbortSignal.any([gone.signal, parts.closed]);
  if (await follow(call, reply, { ...parts, signal })) return;
  await untilMoved(call, parts, signal);
  if (!signal.aborted) send(reply, answer(call, parts.cluster, parts.options.version ?? "1.11.0"), parts.cluster.index);
}

async function readCall(request: IncomingMessage): Promise<FakeCall> {
  const url = new URL(request.url ?? "/", "http://fake");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const token = request.headers["x-nomad-token"];
  return {
    method: request.method ?? "GET",
    path: url.pathname.replace(/^\/v1/, ""),
    query: url.searchParams,
    body: text === "" ? undefined : JSON.parse(text),
    ...(typeof token === "string" && { token }),
  };
}

/** A call with an index waits until the cluster has moved beyond it, or its time is up. */
async function untilMoved({ query }: FakeCall, { cluster, clock }: Handling, signal: AbortSignal): Promise<void> {
  const index = Number(query.get("index") ?? 0);
  if (index === 0 || cluster.index > index) return;
  const moved = new AbortController();
  using _listening = cluster.listen(({ Index }) => Index > index && moved.abort(new Error("the cluster has moved")));
  const seconds = Number.parseFloat(query.get("wait") ?? "300");
  await clock.sleep(seconds * 1_000, AbortSignal.any([signal, moved.signal])).catch(() => undefined);
}

function send(reply: ServerResponse, { status, text }: { status: number; text: string }, index: number): void {
  const type = status < 400 ? "application/json" : "text/plain; charset=utf-8";
  reply.writeHead(status, { "content-type": type, "x-nomad-index": String(index), "x-nomad-knownleader": "true" });
  reply.end(text);
}

async function close(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await ended;
}
