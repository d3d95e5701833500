import type { Clock } from "../core/contracts/clock.js";
import type { Connection } from "./connection.js";

/** How long a finished task waits for Metaflow's stores before its client is released, in milliseconds. */
const ackPatienceMs = 30_000;

/** The line to the Metaflow runtime: it learns of every ended attempt, and says when its stores have it. */
export class RunSession {
  readonly #acks = new Map<string, () => void>();
  #connection: Connection | undefined;

  constructor(private readonly clock: Clock) {}

  attach(connection: Connection): void {
    this.#connection = connection;
  }

  get connected(): boolean {
    return this.#connection !== undefined && !this.#connection.closed.aborted;
  }

  /** Tells the runtime; resolves with its answer, or when it has gone or taken too long. */
  async tell(key: string, event: Readonly<Record<string, unknown>>): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || connection.closed.aborted) return;
    const done = new AbortController();
    this.#acks.set(key, () => done.abort());
    await connection.send(`${JSON.stringify(event)}\n`);
    const wait = AbortSignal.any([done.signal, connection.closed]);
    await this.clock.sleep(ackPatienceMs, wait).catch(() => undefined);
    this.#acks.delete(key);
  }

  acknowledge(key: string): void {
    this.#acks.get(key)?.();
  }
}
