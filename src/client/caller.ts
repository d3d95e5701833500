import type { Clock } from "../core/contracts/clock.js";
import type { ApiCall, NomadTransport } from "../core/contracts/transport.js";
import type { CallOptions, ListOptions, ReadOptions } from "./options.js";
import { type Ask, ListQuery, Query, type Reply, type Send, WatchableQuery } from "./query.js";
import { checkShape, type Shape } from "./shape.js";

/** What a client's calls need. */
export interface CallerParts {
  readonly transport: NomadTransport;
  readonly clock: Clock;
  /** Namespace of calls that name none. */
  readonly namespace: string;
  /** Aborts when the client is closed. */
  readonly closed: AbortSignal;
}

/** What a call sends beyond its path and options. */
export interface Sending {
  readonly query?: ApiCall["query"];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a blocking query waits, in seconds, and how much longer its reply may take: Nomad adds up to a sixteenth. */
const usualWait = 120;
const grace = { factor: 17 / 16, ms: 20_000 };
/** Pause between two looks at what does not block, in milliseconds. */
const restMs = 1_000;

/** Makes every call of one client: namespace, region, signal, and the check of what comes back. */
export class Caller {
  constructor(readonly parts: CallerParts) {}

  /** A list that the endpoint gives as an array. */
  list<T>(path: string, options: ListOptions = {}, sending: Sending = {}): ListQuery<T> {
    return new ListQuery(this.#asking<readonly T[]>(path, "list", options, sending), () => this.#rest(options));
  }

  /** One object that the endpoint can watch. */
  read<T>(path: string, options: ReadOptions = {}, sending: Sending = {}): WatchableQuery<T> {
    return new WatchableQuery(this.#asking<T>(path, "object", options, sending), () => this.#rest(options));
  }

  /** The same, where there may be none. */
  find<T>(path: string, options: ReadOptions = {}): WatchableQuery<T | null> {
    return new WatchableQuery(this.#asking<T | null>(path, "object or null", options, {}), () => this.#rest(options));
  }

  /** Anything that may be watched. */
  any(path: string, options: ListOptions = {}, sending: Sending = {}): WatchableQuery<unknown> {
    return new WatchableQuery(this.#asking<unknown>(path, "anything", options, sending), () => this.#rest(options));
  }

  /** A reply that the endpoint cannot watch. */
  get<T>(path: string, shape: Shape, options: ReadOptions = {}, sending: Sending = {}): Query<T> {
    return new Query(this.#asking<T>(path, shape, options, sending));
  }

  /**
   * Changes something, and reads the object that comes back. PUT and DELETE are repeated when a connection breaks; POST, for
   * what does something anew each time, is not.
   */
  async send<T>(
    method: "PUT" | "POST" | "DELETE",
    path: string,
    options: CallOptions = {},
    sending: Sending = {},
  ): Promise<T> {
    return (await this.#exchange<T>({ method, path, ...this.#placed(options, sending) }, "object", options)).value;
  }

  /** The same, where something else than an object may come back. */
  async ask(
    method: "PUT" | "POST" | "DELETE",
    path: string,
    options: CallOptions = {},
    sending: Sending = {},
  ): Promise<unknown> {
    return (await this.#exchange({ method, path, ...this.#placed(options, sending) }, "anything", options)).value;
  }

  /** The same, where nothing of use comes back. */
  async tell(
    method: "PUT" | "POST" | "DELETE",
    path: string,
    options: CallOptions = {},
    sending: Sending = {},
  ): Promise<void> {
    await this.#exchange({ method, path, ...this.#placed(options, sending) }, "nothing", options);
  }

  /** Bytes as they come; the call is sent when the loop begins, and its connection closed when the loop is left. */
  async *bytes(
    path: string,
    options: CallOptions = {},
    sending: Sending & { readonly silenceMs?: number | undefined } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { silenceMs, ...rest } = sending;
    const call: ApiCall = {
      method: "GET",
      path,
      ...this.#placed(options, rest),
      ...(silenceMs !== undefined && { silenceMs }),
    };
    yield* await this.parts.transport.stream(call, this.signalOf(options));
  }

  /** The signal of one call: the caller's, and the closing of the client. */
  signalOf({ signal }: CallOptions): AbortSignal {
    const { closed } = this.parts;
    return signal === undefined ? closed : AbortSignal.any([signal, closed]);
  }

  /** Where a call goes. */
  placeOf({ namespace = this.parts.namespace, region }: CallOptions): { namespace: string; region?: string } {
    return { namespace, ...(region !== undefined && { region }) };
  }

  #asking<T>(path: string, shape: Shape, options: ListOptions, sending: Sending): Send<T> {
    return (ask) => {
      const { query, silenceMs } = readingOf(options, ask);
      const placed = this.#placed(options, { ...sending, query: { ...query, ...sending.query } });
      return this.#exchange<T>({ method: "GET", path, ...placed, ...silenceMs }, shape, options);
    };
  }

  async #exchange<T>(call: ApiCall, shape: Shape, options: CallOptions): Promise<Reply<T>> {
    const { index, nextToken, body } = await this.parts.transport.request(call, this.signalOf(options));
    // The caller's type is what Nomad documents; only the outside is checked.
    const value = checkShape(shape, body, `${call.method} ${call.path}`) as T;
    return { value, index, ...(nextToken !== undefined && { nextToken }) };
  }

  #placed(options: CallOptions, { query, ...rest }: Sending): Pick<ApiCall, "query" | "body" | "headers"> {
    return { ...rest, query: { ...this.placeOf(options), ...query } };
  }

  #rest(options: CallOptions): Promise<void> {
    return this.parts.clock.sleep(restMs, this.signalOf(options));
  }
}

/** The query of a read, and how long its reply may take. */
function readingOf(options: ListOptions, ask: Ask) {
  const { waitSeconds = usualWait, perPage = ask.perPage, nextToken } = options;
  // Zero asks for what is there now.
  const index = ask.index ?? options.index ?? 0;
  const waits = index > 0;
  const query: ApiCall["query"] = {
    stale: options.stale === true ? true : undefined,
    prefix: options.prefix,
    filter: options.filter,
    per_page: perPage,
    next_token: ask.nextToken ?? nextToken,
    reverse: options.reverse === true ? true : undefined,
    index: waits ? index : undefined,
    wait: waits ? `${String(waitSeconds)}s` : undefined,
  };
  return { query, silenceMs: waits ? { silenceMs: waitSeconds * 1_000 * grace.factor + grace.ms } : {} };
}
