import type { LogStream } from "./log-sink.js";
import type { NomadTransport } from "./transport.js";

/** A command to run beside the main process of a running task. */
export interface ExecCall {
  /** Whole ID of the allocation. */
  readonly allocationId: string;
  /** Name of the task in it. */
  readonly task: string;
  /** Program and arguments, each as it is. */
  readonly command: readonly string[];
  /** The allocation's namespace. */
  readonly namespace: string;
  /** The allocation's region. Default: the site's. */
  readonly region?: string;
  /** Whether the command gets a terminal of its own; it then has one output, `stdout`. Default: false. */
  readonly tty?: boolean;
  /** Instead of `command`: what the task's `action` block of that name says. Since Nomad 1.7. */
  readonly action?: { readonly jobId: string; readonly name: string };
}

/** Size of a terminal, in characters. Nomad's field names. */
export interface TerminalSize {
  /** Lines. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/** Where a command's input comes from and its output goes. */
export interface ExecIo {
  /**
   * Sent as it comes, and no faster than it is taken; an error of it ends the command. The command sees the end of its input
   * when this ends (with `tty`: Ctrl-D, as a terminal says it). Default: no input.
   */
  readonly input?: AsyncIterable<Uint8Array>;
  /**
   * Sizes of the command's terminal; only read with `tty`. The command may have begun before the first arrives, and sees
   * 0 x 0 until then. Default: that.
   */
  readonly sizes?: AsyncIterable<TerminalSize>;
  /** Called in order; no more is read while what it returns is pending. */
  readonly output: (stream: LogStream, bytes: Uint8Array) => void | Promise<void>;
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
   * @throws LauncherError `NOMAD_E_API_*` when Nomad refuses, `NOMAD_E_TRANSPORT_*` when the connection fails or falls silent;
   *   what `input`, `sizes` and `output` throw, as it is.
   */
  exec(call: ExecCall, io: ExecIo, signal: AbortSignal): Promise<number>;
}

/** Whether a transport can run commands inside tasks. */
export function canExec(transport: NomadTransport): transport is NomadTransport & CanExec {
  return "exec" in transport;
}
