import type { Clock } from "../core/contracts/clock.js";
import type { Logger } from "../core/contracts/logger.js";
import type { NomadTransport } from "../core/contracts/transport.js";
import { systemClock } from "../core/host/system-clock.js";
import { createHttpTransport } from "../transports/http-transport.js";
import { Caller } from "./caller.js";
import { type ConnectionOptions, credentialsOf, siteOf } from "./connect.js";
import { Jobs } from "./families/jobs.js";

/** What a client is made from; all of it may be left out. */
export interface ClientOptions extends ConnectionOptions {
  /** Told of calls that are tried again, at level debug. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's own. */
  readonly clock?: Clock | undefined;
  /** A way to Nomad that is there already; it stays open when the client is closed. Only `namespace` counts beside it. */
  readonly transport?: NomadTransport | undefined;
}

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {}

/**
 * A client of Nomad's HTTP API.
 *
 * ```ts
 * await using nomad = createNomadClient({ address: "https://nomad.example:4646", token: "…" });
 * for (const { ID, Status } of await nomad.jobs.list()) console.log(ID, Status);
 * ```
 * Every failure is a `LauncherError` with a code. Nothing is sent before the first call.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID` when an option is wrong.
 */
export function createNomadClient(options: ClientOptions = {}): NomadClient {
  return new NomadClient(options);
}

/** Nomad's HTTP API, family by family. Made by `createNomadClient`. */
export class NomadClient implements AsyncDisposable {
  readonly jobs: Jobs;
  readonly #transport: NomadTransport;
  readonly #own: boolean;
  readonly #closed = new AbortController();

  constructor(options: ClientOptions) {
    const { clock = systemClock, logger = silent, transport, ...connection } = options;
    const site = siteOf(connection);
    this.#own = transport === undefined;
    this.#transport = transport ?? createHttpTransport({ site, credentials: credentialsOf(site), clock, logger });
    const { namespace } = site.defaults;
    const call = new Caller({ transport: this.#transport, clock, namespace, closed: this.#closed.signal });
    this.jobs = new Jobs(call);
  }

  /** The agent in use now, without credentials. */
  get address(): string {
    return this.#transport.address;
  }

  /** Ends every call and stream under way (they fail with an `AbortError`), and closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new DOMException("The Nomad client was closed.", "AbortError"));
    if (this.#own) await this.#transport[Symbol.asyncDispose]();
  }
}
