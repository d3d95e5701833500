import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** Only when the variable has this `ModifyIndex`; 0: only when there is none. */
export interface CheckOptions extends CallOptions {
  /** @throws LauncherError `NOMAD_E_API_REFUSED` (HTTP 409) when it has another. */
  readonly cas?: number | undefined;
}

/** How long a lock lasts. Durations as Go writes them: `30s`. */
export interface LockOptions extends CallOptions {
  /** Until the lock must be renewed. Default 15s. */
  readonly ttl?: string | undefined;
  /** How long nobody gets the lock after it was lost. Default 15s. */
  readonly delay?: string | undefined;
}

/** A variable whose lock is held. */
export type LockedVariable = Nomad.Variable & { readonly Lock: { readonly ID: string } };

/** Nomad's variables. Source: https://developer.hashicorp.com/nomad/api-docs/variables/variables */
export class Variables {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /vars. Without their items. `prefix`, `filter` and pages work here. */
  list(options?: ListOptions): ListQuery<Nomad.VariableMetadata> {
    return this.#call.list("/vars", options);
  }

  /** GET /var/:path. @throws LauncherError `NOMAD_E_API_NOT_FOUND` */
  read(name: string, options?: ReadOptions): WatchableQuery<Nomad.Variable> {
    return this.#call.read(path`/var/${name}`, options);
  }

  /** PUT /var/:path. Writes all items anew. @param lockId - Of the lock that the caller holds. */
  put(
    name: string,
    items: Readonly<Record<string, string>>,
    options: CheckOptions & { readonly lockId?: string | undefined } = {},
  ): Promise<Nomad.Variable> {
    const { cas, lockId } = options;
    const body = { Path: name, Items: items, ...(lockId !== undefined && { Lock: { ID: lockId } }) };
    return this.#call.send("PUT", path`/var/${name}`, options, { body, query: { cas } });
  }

  /** DELETE /var/:path */
  delete(name: string, options: CheckOptions = {}): Promise<void> {
    return this.#call.tell("DELETE", path`/var/${name}`, options, { query: { cas: options.cas } });
  }

  /**
   * PUT /var/:path?lock-acquire. Takes the lock of a variable, and writes items when some are given.
   *
   * Source: https://developer.hashicorp.com/nomad/api-docs/variables/locks
   * @throws LauncherError `NOMAD_E_API_REFUSED` (HTTP 409) when another holds it.
   */
  acquireLock(
    name: string,
    items?: Readonly<Record<string, string>>,
    options: LockOptions = {},
  ): Promise<LockedVariable> {
    const { ttl = "15s", delay = "15s" } = options;
    const body = { Path: name, Items: items, Lock: { TTL: ttl, LockDelay: delay } };
    return this.#lock("lock-acquire", name, body, options);
  }

  /** PUT /var/:path?lock-renew. Must come before the lock's TTL is over. */
  renewLock(name: string, lockId: string, options?: CallOptions): Promise<LockedVariable> {
    return this.#lock("lock-renew", name, { Path: name, Lock: { ID: lockId } }, options);
  }

  /** PUT /var/:path?lock-release */
  releaseLock(name: string, lockId: string, options?: CallOptions): Promise<Nomad.Variable> {
    return this.#lock("lock-release", name, { Path: name, Lock: { ID: lockId } }, options);
  }

  #lock<T>(operation: string, name: string, body: object, options: CallOptions | undefined): Promise<T> {
    return this.#call.send("PUT", path`/var/${name}`, options, { body, query: { [operation]: "" } });
  }
}
