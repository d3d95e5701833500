import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A TCP proxy before a test agent that counts connections, requests and refusals. */
export class CountingProxy implements AsyncDisposable {
  /** Connections open now, and the most that were open at once. */
  open = 0;
  mostOpen = 0;
  /** Replies with HTTP 429. */
  busy = 0;
  /** The most event streams that were open at once. */
  mostStreams = 0;
  /** Requests by method and path, IDs left out: `GET /v1/client/fs/logs/ID`. */
  readonly requests = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #streaming = new Set<Socket>();
  readonly #server = createServer((from) => {
    this.#join(from);
  });

  constructor(private readonly port: number) {}

  /** A proxy before the agent that listens on a port of this machine. */
  static async before(port: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many requests there were of which the text matches. */
  count(pattern: RegExp): number {
    return [...this.requests].reduce((sum, [what, count]) => (pattern.test(what) ? sum + count : sum), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket): void {
    const to = connect(this.port, "127.0.0.1");
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    const end = () => {
      if (this.#sockets.delete(from)) this.open -= 1;
      this.#streaming.delete(from);
      for (const socket of [from, to]) socket.destroy();
      this.#sockets.delete(to);
    };
    for (const socket of [from, to]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true).on("error", end).on("close", end);
    }
    from.on("data", (bytes) => this.#note(bytes.toString("latin1", 0, 300), from)).pipe(to);
    to.on("data", (bytes) => (this.busy += Number(bytes.toString("latin1", 0, 13) === "HTTP/1.1 429 "))).pipe(from);
  }

  /** Without pipelining each request begins a piece of its own. */
  #note(text: string, from: Socket): void {
    const [, method, path = ""] = /^(GET|PUT|POST|DELETE) ([^ ?]+)/.exec(text) ?? [];
    if (method === undefined) return;
    if (path === "/v1/event/stream") this.#streaming.add(from);
    else this.#streaming.delete(from);
    this.mostStreams = Math.max(this.mostStreams, this.#streaming.size);
    const what = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "ID")}`;
    this.requests.set(what, (this.requests.get(what) ?? 0) + 1);
  }
}
