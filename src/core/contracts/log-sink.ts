import type { LaunchRequest } from "../model/launch-request.js";
import type { Site } from "../model/site.js";

/** Name of a task's output stream. */
export type LogStream = "stdout" | "stderr";

/** Where a stream has been read to: bytes taken of each log file, oldest first. JSON, so that it can be kept. */
export type LogMark = readonly (readonly [file: number, bytes: number])[];

/** Takes a task's output, in order within each stream. */
export interface LogSink extends AsyncDisposable {
  /** Marks to resume from, where an earlier reader of the same task left off. */
  readonly resumeFrom?: Readonly<Partial<Record<LogStream, LogMark>>>;
  /**
   * Bytes as the task wrote them; a call may end in the middle of a line or character.
   *
   * @param mark where the stream stands after these bytes.
   */
  write(stream: LogStream, bytes: Uint8Array, mark: LogMark): void | Promise<void>;
  /** Everything has been written; flush what is held back. */
  end(): void | Promise<void>;
}

/** Makes a sink for one attempt's output; undefined where it wants none of it. Called before the attempt is submitted. */
export type LogSinkFactory = (task: LogSinkTask) => LogSink | undefined;

/** Whose output a plugin's sink gets. */
export interface LogSinkTask {
  /** What was asked; its `jobId` is the attempt's. */
  readonly request: LaunchRequest;
  /** Where it runs. */
  readonly site: Site;
}
