import { WebSocket } from "ws";
import type { Clock } from "../core/contracts/clock.js";
import type { ExecCall, ExecIo } from "../core/contracts/task-exec.js";
import type { ApiCall } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { CallContext } from "./call-context.js";
import { ExecSession } from "./exec-session.js";
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
  readonly clock: Clock;
}

/** Longest frame to accept, in bytes: Nomad sends some 64 KiB, in base64. */
const longestFrame = 4 * 1024 * 1024;

/** The HTTP call that becomes a WebSocket. Source of the action's: command/agent/job_endpoint.go `jobRunAction` */
export function execCallOf({ allocationId, task, command, action, tty = false, ...place }: ExecCall): ApiCall {
  const { namespace, region } = place;
  const query = { task, command: JSON.stringify(command), tty, namespace, region };
  if (action === undefined)
    return { method: "GET", path: `/client/allocation/${encodeURIComponent(allocationId)}/exec`, query };
  const { jobId, name } = action;
  const path = `/job/${encodeURIComponent(jobId)}/action`;
  return { method: "GET", path, query: { ...query, action: name, allocID: allocationId } };
}

/** Runs one command over one WebSocket; see `CanExec`. */
export async function execOverSocket(
  call: ExecCall,
  io: ExecIo,
  parts: ExecParts,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const { clock, context } = parts;
  const socket = open(call, parts);
  const leave = () => socket.terminate();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await new ExecSession(socket, { io, tty: call.tty === true, clock, context }).run();
  } catch (error) {
    throw signal.aborted ? signal.reason : aboutCommand(call, error);
  } finally {
    signal.removeEventListener("abort", leave);
    socket.terminate();
  }
}

/** What the node says of a command that it cannot start: Nomad passes it on as a failure of its own. */
const cannotStart = /executable file not found|no such file or directory|permission denied/i;

function aboutCommand({ command: [command = ""], task }: ExecCall, error: unknown): unknown {
  const [reason] =
    error instanceof LauncherError && error.code === "NOMAD_E_API_SERVER"
      ? (cannotStart.exec(error.message) ?? [])
      : [];
  return reason === undefined
    ? error
    : new LauncherError("NOMAD_E_API_COMMAND", { command, task, reason }, { cause: error });
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
  // Whether it opens in time is the session's matter.
  return new WebSocket(url, { headers, ...tls, maxPayload: longestFrame, perMessageDeflate: false, agent });
}
