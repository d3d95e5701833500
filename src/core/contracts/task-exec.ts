import type { LogStream } from "./log-sink.js";
import type { NomadTransport } from "./transport.js";

/** A command to run beside the main process of a running task. */
export interface ExecCall {
  readonly allocationId: string;
  readonly task: string;
  readonly command: readonly string[];
  readonly namespace: string;
  readonly region?: string;
}

/** Where a command's input comes from and its output goes. */
export interface ExecIo {
  /** Sent as it comes; the command sees the end of its input when this ends. Default: no input. */
  readonly input?: AsyncIterable<Uint8Array>;
  readonly output: (stream: LogStream, bytes: Uint8Array) => void;
}

/**
 * Optional ability of a transport: commands inside running tasks.
 *
 * The output is not in Nomad's logs, and what a broken connection held is lost.
 * Source: https://developer.hashicorp.com/nomad/api-docs/client#exec-allocation
 */
export interface CanExec {
  /**
   * Runs a command to its end; an abort closes the connection, and Nomad ends the command.
   * @returns its exit code.
   * @throws LauncherError `NOMAD_E_API_*` when Nomad refuses, `NOMAD_E_TRANSPORT_*` when the connection fails.
   */
  exec(call: ExecCall, io: ExecIo, signal: AbortSignal): Promise<number>;
}

/** Whether a transport can run commands inside tasks. */
export function canExec(transport: NomadTransport): transport is NomadTransport & CanExec {
  return "exec" in transport;
}
