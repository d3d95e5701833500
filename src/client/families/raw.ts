import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions } from "../options.js";
import type { WatchableQuery } from "../query.js";

/** What goes with a call: parameters, and a body that is sent as JSON (bytes as they are). */
export interface RawSending {
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
}

/** Endpoints that have no method of their own: of Enterprise, of newer Nomads. */
export class Raw {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** Any read. @param path - Below `/v1`, each segment percent-encoded: `/quotas`. */
  read(path: string, options?: ListOptions, sending: Pick<RawSending, "query"> = {}): WatchableQuery<unknown> {
    return this.#call.any(path, options, sending);
  }

  /** Any change. POST is not repeated when a connection breaks, PUT and DELETE are. */
  send(
    method: "PUT" | "POST" | "DELETE",
    path: string,
    sending: RawSending = {},
    options?: CallOptions,
  ): Promise<unknown> {
    return this.#call.ask(method, path, options, sending);
  }

  /** Any reply as the bytes that come. */
  bytes(path: string, options?: CallOptions, sending: Pick<RawSending, "query"> = {}): AsyncIterable<Uint8Array> {
    return this.#call.bytes(path, options, sending);
  }
}
