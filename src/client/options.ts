/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the client's. A list takes `*` for every namespace that the token may see. */
  readonly namespace?: string | undefined;
  /** Default: the client's, else the agent's own. */
  readonly region?: string | undefined;
}

/**
 * What a call takes that reads.
 *
 * Source: https://developer.hashicorp.com/nomad/api-docs#consistency-modes and #blocking-queries
 */
export interface ReadOptions extends CallOptions {
  /** Let any server answer, also one that lags behind the leader. Default: the leader answers. */
  readonly stale?: boolean | undefined;
  /** Wait for a change after this index (a `Reply`'s); `watch()` does this by itself. */
  readonly index?: number | undefined;
  /** How long to wait for that change, in seconds. Default 120; Nomad allows up to 600, and adds up to a sixteenth. */
  readonly waitSeconds?: number | undefined;
}

/** What a call takes that lists; an endpoint ignores what it does not know. */
export interface ListOptions extends ReadOptions {
  /** Only what has an ID that begins so. */
  readonly prefix?: string | undefined;
  /** Expression in Nomad's filter language. Source: https://developer.hashicorp.com/nomad/api-docs#filtering */
  readonly filter?: string | undefined;
  /** Entries per reply. Default: all, or 100 with `pages()`. */
  readonly perPage?: number | undefined;
  /** Where to begin: the `nextToken` of a `Reply`. */
  readonly nextToken?: string | undefined;
  /** Newest first, where the endpoint knows an order. */
  readonly reverse?: boolean | undefined;
}
