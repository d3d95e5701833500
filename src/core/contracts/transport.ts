/** One call of Nomad's HTTP API. */
export interface ApiCall {
  /** HTTP method. */
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Path below `/v1`, each segment already percent-encoded, e.g. `/job/a%2Fb`. */
  readonly path: string;
  /** A list repeats the parameter (`topic=Allocation&topic=Evaluation`). */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON; bytes (`Uint8Array`) as they are. */
  readonly body?: unknown;
  /** Further headers, for the few endpoints that read some. Never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest silence to accept, in milliseconds. Default 30 000 (requests), 90 000 (streams). */
  readonly silenceMs?: number;
}

/** A complete reply with a 2xx status. */
export interface ApiReply {
  /** HTTP status, 200 to 299. */
  readonly status: number;
  /** `X-Nomad-Index`, 0 where the endpoint has none. */
  readonly index: number;
  /** `X-Nomad-NextToken`: where the next page of a list begins; absent after the last. */
  readonly nextToken?: string;
  /** Parsed JSON; unchecked: whoever reads it validates it. */
  readonly body: unknown;
}

/**
 * Carries calls to Nomad. It knows addresses, TLS, tokens and retries, and nothing about jobs.
 *
 * Every failure is a LauncherError `NOMAD_E_TRANSPORT_*` or `NOMAD_E_API_*`; `AbortSignal` ends any wait at once.
 */
export interface NomadTransport extends AsyncDisposable {
  /** Where it leads, for messages: address without credentials. */
  readonly address: string;
  /**
   * One request, one reply. Retries connection failures, 429 and 5xx with jitter where the call may be repeated.
   * `NOMAD_E_TRANSPORT_UNREACHABLE` says that no try can have reached a server, so that there is nothing to undo; a call of which
   * one try may have arrived ends with what that try failed with.
   */
  request(call: ApiCall, signal: AbortSignal): Promise<ApiReply>;
  /** Opens a long reply. Not retried: the caller knows where to resume. Leaving the loop closes the connection. */
  stream(call: ApiCall, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** Optional ability of a transport: hosts of parallel runs share the connections of a machine. */
export interface CanShare {
  /**
   * Sets how many connections to hold from now on, idle ones included: for short calls, and for long replies (streams, and
   * calls with a `wait`). Calls beyond that wait; streams that are open stay open.
   */
  limitConnections(calls: number, streams: number): void;
}

/** Whether a transport can be told how many connections to hold. */
export function canShare(transport: NomadTransport): transport is NomadTransport & CanShare {
  return "limitConnections" in transport;
}
