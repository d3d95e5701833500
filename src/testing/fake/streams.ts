import type { ServerResponse } from "node:http";
import type { Clock } from "../../core/contracts/clock.js";
import type { FakeCluster, FakeEvent } from "./cluster.js";
import type { FakeCall } from "./routes.js";

/** How often a followed log says that it is there, in milliseconds. */
const heartbeatMs = 1_000;

/** What a long reply needs. */
export interface StreamParts {
  readonly cluster: FakeCluster;
  readonly clock: Clock;
  /** Ends of the open event streams. */
  readonly breaks: Set<(text: string) => void>;
  readonly signal: AbortSignal;
}

/** Answers a call that has a long reply. @returns whether it was one. */
export async function follow(call: FakeCall, reply: ServerResponse, parts: StreamParts): Promise<boolean> {
  if (call.path === "/event/stream") tellEvents(call, reply, parts);
  else if (call.path.startsWith("/client/fs/logs/")) await copyLog(call, reply, parts);
  else return false;
  return true;
}

function tellEvents({ query }: FakeCall, reply: ServerResponse, { cluster, breaks, signal }: StreamParts): void {
  const topics = query.getAll("topic").map((topic) => topic.split(":")[0]);
  const namespace = query.get("namespace") ?? "default";
  const wanted = ({ Topic, Namespace }: FakeEvent) =>
    (topics.length === 0 || topics.includes(Topic) || topics.includes("*")) && ["*", Namespace].includes(namespace);
  reply.writeHead(200, { "content-type": "application/json" });
  // An agent sends its first heartbeat at once.
  reply.write("{}\n");
  const listening = cluster.listen((event) => {
    if (wanted(event) && !reply.writableEnded)
      reply.write(`${JSON.stringify({ Index: event.Index, Events: [event] })}\n`);
  });
  const end = (text: string) => {
    listening[Symbol.dispose]();
    breaks.delete(end);
    reply.end(text);
  };
  breaks.add(end);
  signal.addEventListener("abort", () => end(""));
}

async function copyLog({ path, query }: FakeCall, reply: ServerResponse, parts: StreamParts): Promise<void> {
  const { cluster, clock, signal } = parts;
  const id = decodeURIComponent(path.split("/").at(-1) ?? "");
  const stream = query.get("type") ?? "stdout";
  if (!cluster.allocations.has(id)) return void reply.writeHead(404).end(`unknown allocation "${id}"`);
  const File = `alloc/logs/${query.get("task") ?? ""}.${stream}.0`;
  let offset = Number(query.get("offset") ?? 0);
  reply.writeHead(200, { "content-type": "text/plain" });
  const sendNew = () => {
    const bytes = Buffer.from(cluster.logs.get(`${id}/${stream}`) ?? "").subarray(offset);
    if (bytes.length === 0) return;
    offset += bytes.length;
    reply.write(JSON.stringify({ File, Offset: offset, Data: bytes.toString("base64") }));
  };
  sendNew();
  if (query.get("follow") !== "true") return void reply.end();
  using _listening = cluster.listen(sendNew);
  const beat = () =>
    clock.sleep(heartbeatMs, signal).then(
      () => reply.write("{}"),
      () => false,
    );
  while (!signal.aborted) await beat();
  reply.end();
}
