import { buildConnector, Pool } from "undici";
import type { Site } from "../core/model/site.js";
import type { HttpEndpoint } from "./http-address.js";
import { openTunnel } from "./proxy-tunnel.js";
import { isTlsCode } from "./tls-failure.js";
import { TlsMaterial, type TlsOptions } from "./tls-material.js";

/** Longest wait for a connection, in milliseconds. */
const connectMs = 10_000;
/** How long an idle connection is kept, in milliseconds; undici's default of 4 s would reconnect between polls. */
const keepAliveMs = 30_000;
/** Most connections for short calls: register, stop, list. */
const mostShort = 8;

/**
 * Two connection pools to one site: short calls, and long replies (streams, blocking queries).
 *
 * They are apart so that however many streams are open, a submit or a stop never waits for one of them to end. Together they
 * stay within the site's `connections`.
 */
export class HttpPools {
  readonly #make: (connections: number) => Pool;
  /** Pools that were replaced and still have something under way. */
  readonly #retired = new Set<Pool>();
  #short: Pool;
  #long: Pool;
  #alert: Error | undefined;

  constructor(site: Site, endpoint: HttpEndpoint) {
    const { short, long } = shareConnections(site.connections);
    const direct = this.#connectorOf(site, endpoint);
    const connect = site.proxy === undefined ? direct : through(site.proxy, endpoint.secure, direct);
    // Nomad speaks HTTP/1.1 only (no h2 in its TLS set-up); a proxy's h2 would put all streams on one connection.
    const common = { allowH2: false, pipelining: 1, keepAliveTimeout: keepAliveMs, connect };
    this.#make = (connections) => new Pool(endpoint.origin, { ...common, connections });
    this.#short = this.#make(short);
    this.#long = this.#make(long);
  }

  get short(): Pool {
    return this.#short;
  }

  get long(): Pool {
    return this.#long;
  }

  /** Changes the sizes: new pools for what is to come, while the old ones close their idle connections and end their work. */
  resize(short: number, long: number): void {
    for (const pool of [this.#short, this.#long]) {
      this.#retired.add(pool);
      void pool.close().finally(() => this.#retired.delete(pool));
    }
    [this.#short, this.#long] = [this.#make(short), this.#make(long)];
  }

  /** The newest TLS alert a server sent after the handshake (TLS 1.3: "certificate required"); undici reports only a closed socket. */
  takeAlert(): Error | undefined {
    const alert = this.#alert;
    this.#alert = undefined;
    return alert;
  }

  /** Ends every connection, also those in use. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#retired, this.#short, this.#long].map((pool) => pool.destroy()));
  }

  #connectorOf(site: Site, { secure, socketPath }: HttpEndpoint): buildConnector.connector {
    const base = { timeout: connectMs, allowH2: false };
    if (!secure) return buildConnector({ ...base, ...(socketPath !== undefined && { socketPath }) });
    const material = new TlsMaterial(site.tls ?? {});
    const connectors = new WeakMap<TlsOptions, buildConnector.connector>();
    return (options, done) => {
      material.current().then(
        (tls) => {
          const connector = connectors.get(tls) ?? buildConnector({ ...base, ...tls });
          connectors.set(tls, connector);
          this.#open(connector, options, done);
        },
        (error: unknown) => {
          done(error as Error, null);
        },
      );
    };
  }

  #open(connector: buildConnector.connector, options: buildConnector.Options, done: buildConnector.Callback): void {
    try {
      connector(options, (...result) => {
        result[1]?.on("error", (error: NodeJS.ErrnoException) => {
          if (isTlsCode(error.code ?? "")) this.#alert = error;
        });
        done(...result);
      });
    } catch (error) {
      // A key or certificate that OpenSSL cannot parse throws at once instead of calling back.
      done(error as Error, null);
    }
  }
}

/** The same connections, through a proxy's tunnel. */
function through(proxy: string, secure: boolean, direct: buildConnector.connector): buildConnector.connector {
  return (options, done) => {
    const target = `${options.hostname}:${options.port || (secure ? "443" : "80")}`;
    openTunnel(proxy, target, (error, httpSocket) => {
      if (httpSocket === null) done(error ?? new Error("no tunnel"), null);
      else if (secure) direct({ ...options, httpSocket }, done);
      else done(null, httpSocket.setNoDelay(true));
    });
  };
}

/** Splits a site's connections between the pools; each gets one at least. */
export function shareConnections(connections: number): { readonly short: number; readonly long: number } {
  const short = Math.max(1, Math.min(mostShort, Math.floor(connections / 3)));
  return { short, long: Math.max(1, connections - short) };
}
