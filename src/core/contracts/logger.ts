/** Structured logging, pino's shape: fields first, then the message. Never put a secret into a field. */
export interface Logger {
  /** What helps to find a mistake. */
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** What happens. */
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** What is not right and does not stop the work. */
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** What stops the work. */
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
