import { Fields, malformed } from "./read-fields.js";

/** One frame of a command's output, or its end. Source: nomad/drivers/shared `ExecTaskStreamingResponseMsg`. */
export interface ExecFrame {
  readonly stdout?: Uint8Array;
  readonly stderr?: Uint8Array;
  /** The command has ended, with this code. */
  readonly exitCode?: number;
}

/**
 * Reads one message of the socket.
 * @throws LauncherError `NOMAD_E_API_REPLY` when it is no frame.
 */
export function readExecFrame(text: string, call: string): ExecFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(call, "a frame is not JSON", cause);
  }
  const frame = new Fields(value, "frame", call);
  if (frame.optional("exited", "boolean") === true) return { exitCode: exitCodeOf(frame, call) };
  const [stdout, stderr] = [bytesOf(frame, "stdout", call), bytesOf(frame, "stderr", call)];
  return { ...(stdout !== undefined && { stdout }), ...(stderr !== undefined && { stderr }) };
}

function exitCodeOf(frame: Fields, call: string): number {
  const result = new Fields(frame.object("result") ?? {}, "frame.result", call);
  return (result.optional("exit_code", "number") as number | undefined) ?? 0;
}

function bytesOf(frame: Fields, stream: "stdout" | "stderr", call: string): Uint8Array | undefined {
  const part = new Fields(frame.object(stream) ?? {}, `frame.${stream}`, call);
  const data = part.optional("data", "string") as string | undefined;
  return data === undefined ? undefined : Buffer.from(data, "base64");
}
