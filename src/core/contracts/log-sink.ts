/** Name of a task's output stream. */
export type LogStream = "stdout" | "stderr";

/** Takes a task's output, in order within each stream. */
export interface LogSink extends AsyncDisposable {
  /** Bytes as the task wrote them; a call may end in the middle of a line or character. */
  write(stream: LogStream, bytes: Uint8Array): void | Promise<void>;
  /** Everything has been written; flush what is held back. */
  end(): void | Promise<void>;
}
