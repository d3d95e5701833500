import { canShare, type NomadTransport } from "../contracts/transport.js";
import type { ConnectionBudget } from "../logs/connection-budget.js";

/** Most connections for short calls: more only make Nomad's servers queue. */
const mostCalls = 8;
/** Connections a watch loop may hold: an event stream needs one, blocking queries two. */
const perLoop = 2;
/** What a host cannot do without: one call, one watch, one log. */
const least = 3;

/** Connections of one host by use; together they are its part of the site's `connections`. */
export interface Shares {
  readonly calls: number;
  readonly watches: number;
  readonly logs: number;
}

/** Divides a site's connections: among the hosts on this machine, then watching first, calls, and the rest for logs. */
export function divide(connections: number, hosts: number, loops: number): Shares {
  const own = Math.max(least, Math.floor(connections / hosts));
  const watches = perLoop * Math.max(1, loops);
  const calls = Math.max(1, Math.min(mostCalls, Math.floor(own / 4), own - watches - 1));
  return { calls, watches, logs: Math.max(1, own - watches - calls) };
}

/** Keeps a site's users of connections within their shares, whoever comes and goes. */
export class ConnectionShares {
  #hosts = 1;
  #loops = 1;
  #applied = "";

  constructor(
    private readonly connections: number,
    private readonly budget: ConnectionBudget,
    private readonly transport: NomadTransport,
  ) {
    this.#apply();
  }

  /** How many hosts on this machine use the site now. */
  set hosts(count: number) {
    this.#hosts = count;
    this.#apply();
  }

  /** How many watch loops this host has now. */
  set loops(count: number) {
    this.#loops = count;
    this.#apply();
  }

  #apply(): void {
    const shares = divide(this.connections, this.#hosts, this.#loops);
    const { calls, watches, logs } = shares;
    if (JSON.stringify(shares) === this.#applied) return;
    this.#applied = JSON.stringify(shares);
    this.budget.resize(logs);
    if (canShare(this.transport)) this.transport.limitConnections(calls, watches + logs);
  }
}
