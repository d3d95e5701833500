import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { ExecCall, ExecIo } from "../core/contracts/task-exec.js";
import type { ApiCall } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { CallContext } from "./call-context.js";
import { classifyFailure } from "./classify-failure.js";
import { classifyReply } from "./classify-reply.js";
import { type ExecFrame, readExecFrame } from "./exec-frames.js";
import { type HttpEndpoint, targetOf } from "./http-address.js";
import { TunnelAgent } from "./proxy-tunnel.js";
import type { TlsOptions } from "./tls-material.js";

/** What opening a socket needs besides the call. */
export interface ExecParts {
  readonly endpoint: HttpEndpoint;
  readonly region: string | undefined;
  readonly tls: TlsOptions;
  readonly proxy: string | undefined;
  readonly context: CallContext;
}

/** Longest frame to accept, in bytes: Nomad sends some 64 KiB, in base64. */
const longestFrame = 4 * 1024 * 1024;
/** Longest refusal to read, in bytes. */
const longestRefusal = 64 * 1024;

/** The HTTP call that becomes a WebSocket. */
export function execCallOf({ allocationId, task, command, namespace, region }: ExecCall): ApiCall {
  const query = { task, command: JSON.stringify(command), tty: false, namespace, region };
  return { method: "GET", path: `/client/allocation/${allocationId}/exec`, query };
}

/** Runs one command over one WebSocket; see `CanExec`. */
export async function execOverSocket(
  call: ExecCall,
  io: ExecIo,
  parts: ExecParts,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const socket = open(call, parts);
  const leave = () => socket.terminate();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await converse(socket, io, parts.context);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", leave);
    socket.terminate();
  }
}

function open(call: ExecCall, { endpoint, region, tls, proxy, context }: ExecParts): WebSocket {
  const target = targetOf(execCallOf(call), endpoint, region);
  const scheme = endpoint.secure ? "wss:" : "ws:";
  const url =
    endpoint.socketPath === undefined
      ? `${scheme}//${new URL(endpoint.origin).host}${target}`
      : `ws+unix:${endpoint.socketPath}:${target}`;
  const headers = context.token === undefined ? {} : { "x-nomad-token": context.token };
  const agent = proxy === undefined ? undefined : new TunnelAgent(proxy, endpoint.secure ? tls : undefined);
  const limits = { maxPayload: longestFrame, perMessageDeflate: false, handshakeTimeout: context.seconds * 1_000 };
  return new WebSocket(url, { headers, ...tls, ...limits, agent });
}

/** Nomad closes without a close frame: the end is the frame that says `exited`. */
function converse(socket: WebSocket, io: ExecIo, context: CallContext): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.on("open", () => void sendInput(socket, io.input).catch(reject));
    socket.on("message", (data) => {
      try {
        // ws gives Buffers unless told otherwise.
        const frame = readExecFrame((data as Buffer).toString("utf8"), context.call);
        if (frame.exitCode !== undefined) resolve(frame.exitCode);
        else pass(frame, io);
      } catch (error) {
        // Whatever is thrown here would end the process.
        reject(error);
      }
    });
    socket.on("unexpected-response", (_request, response) => void refusal(response, context).then(reject, reject));
    socket.on("error", (error) => reject(classifyFailure(error, context)));
    socket.on("close", (code, reason) => reject(closed(code, String(reason), context)));
  });
}

async function sendInput(socket: WebSocket, input: ExecIo["input"] = none()): Promise<void> {
  for await (const bytes of input)
    socket.send(JSON.stringify({ stdin: { data: Buffer.from(bytes).toString("base64") } }));
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ stdin: { close: true } }));
}

async function* none(): AsyncGenerator<Uint8Array> {}

function pass(frame: ExecFrame, { output }: ExecIo): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const bytes = frame[stream];
    if (bytes !== undefined && bytes.length > 0) output(stream, bytes);
  }
}

async function refusal(response: IncomingMessage, context: CallContext): Promise<LauncherError> {
  const { statusCode: status = 0, headers } = response;
  return classifyReply(
    { status, type: headers["content-type"] ?? "", location: headers.location ?? "", text: await beginning(response) },
    context,
  );
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

/** How Nomad closes what it refuses once the socket is open. Source: command/agent/alloc_endpoint.go `toWsCode` */
const closeStatus: Readonly<Record<number, number>> = { 1008: 400, 1011: 500 };

function closed(code: number, reason: string, context: CallContext): LauncherError {
  const status = closeStatus[code];
  if (status !== undefined) return classifyReply({ status, type: "text/plain", location: "", text: reason }, context);
  const facts = { address: context.address, call: context.call, reason: "it closed before the command had ended" };
  return new LauncherError("NOMAD_E_TRANSPORT_BROKEN", facts);
}
