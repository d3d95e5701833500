import type { LauncherError } from "../core/errors/launcher-error.js";
import type { Site } from "../core/model/site.js";
import { type HttpEndpoint, parseAddress } from "./http-address.js";
import { HttpPools } from "./http-pools.js";

/** One agent of a site, and the connections to it. */
export interface Route {
  readonly endpoint: HttpEndpoint;
  readonly pools: HttpPools;
}

/** The agents of one site: the one in use, and whom to turn to when it fails. */
export class HttpRoutes {
  readonly #routes: readonly [Route, ...Route[]];
  #at = 0;

  constructor(site: Site) {
    const routeTo = (address: string): Route => {
      const endpoint = parseAddress({ address, name: site.name });
      return { endpoint, pools: new HttpPools(site, endpoint) };
    };
    this.#routes = [routeTo(site.address), ...(site.fallbackAddresses ?? []).map(routeTo)];
  }

  get count(): number {
    return this.#routes.length;
  }

  get current(): Route {
    return this.#routes[this.#at] ?? this.#routes[0];
  }

  /** Turns to the next agent after a failure that another may not have; parallel failures of one agent turn once. */
  leave(route: Route, { code }: LauncherError): void {
    if (code.startsWith("NOMAD_E_TRANSPORT_") && this.current === route) this.#at = (this.#at + 1) % this.count;
  }

  /** Changes how many connections each agent's pools may hold. */
  resize(short: number, long: number): void {
    for (const { pools } of this.#routes) pools.resize(short, long);
  }

  /** Ends every connection, also those in use. */
  async destroy(): Promise<void> {
    await Promise.all(this.#routes.map(({ pools }) => pools.destroy()));
  }
}
