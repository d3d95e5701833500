import type { ClientRequestArgs } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { TlsOptions } from "./tls-material.js";

/**
 * Not imported: an `import` reads every export of a module of Node's, and `http` has some that load a whole second undici (30 ms of every command's start).
 * Source: lib/http.js of Node 24, `lazyUndici`
 */
const { Agent, request: requestHttp } = process.getBuiltinModule("node:http");
const { request: requestHttps } = process.getBuiltinModule("node:https");

/** Longest wait for the proxy, in milliseconds. */
const patienceMs = 10_000;

/** Takes a socket, or the reason why there is none. */
export type TunnelDone = (error: Error | null, socket: Socket | null) => void;

/**
 * Opens a tunnel through an HTTP(S) proxy (`CONNECT`), to plain and to TLS addresses alike.
 *
 * @param proxy - `http://[user:password@]host:port` or `https://…`.
 * @param target - `host:port` of the agent.
 */
export function openTunnel(proxy: string, target: string, done: TunnelDone): void {
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const send = protocol === "https:" ? requestHttps : requestHttp;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const headers = { host: target, ...(username !== "" && { "proxy-authorization": `Basic ${login}` }) };
  const tunnel = send({
    method: "CONNECT",
    host: hostname,
    port,
    path: target,
    headers,
    agent: false,
    timeout: patienceMs,
  });
  tunnel.once("connect", ({ statusCode = 0 }, socket) => {
    socket.setTimeout(0);
    if (statusCode >= 200 && statusCode < 300) return done(null, socket);
    socket.destroy();
    done(new ProxyError(`the proxy refused it (HTTP ${statusCode})`), null);
  });
  tunnel.once("timeout", () => tunnel.destroy(new ProxyError("the proxy does not answer")));
  tunnel.once("error", (error) => {
    done(error instanceof ProxyError ? error : new ProxyError(`the proxy cannot be reached (${codeOf(error)})`), null);
  });
  tunnel.end();
}

/** The agent of a WebSocket through the proxy. */
export class TunnelAgent extends Agent {
  /** Node asks the agent whether it fits the request. */
  readonly protocol: string;

  constructor(
    private readonly proxy: string,
    private readonly tls: TlsOptions | undefined,
  ) {
    super();
    this.protocol = tls === undefined ? "http:" : "https:";
  }

  override createConnection(
    options: ClientRequestArgs,
    done: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host, port } = options;
    openTunnel(this.proxy, `${String(host)}:${String(port)}`, (error, socket) => {
      if (socket === null) return done(error, undefined as never);
      done(null, this.tls === undefined ? socket : connectTls({ servername: String(host), ...this.tls, socket }));
    });
  }
}

/** A tunnel that did not come about: nothing of the call was sent. */
export class ProxyError extends Error {}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
