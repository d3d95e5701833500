import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What happens to connections: each is reset; nothing passes; each is closed in the middle of a reply; everything comes
 * late.
 */
export type Fault = "drop" | "stall" | "truncate" | "delay";

/** Bytes of the agent's that a truncated connection lets through: the headers, and some of the body. */
const letThrough = 400;
const lateMs = 300;

/** A network between the host and an agent that can be made bad, and healed. */
export class FaultProxy implements AsyncDisposable {
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server = createServer((near) => this.#accept(near));
  #fault: Fault | undefined;
  #healed = Promise.withResolvers<undefined>();

  private constructor(private readonly port: number) {}

  static async to(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Begins a fault, also for connections that are open. */
  begin(fault: Fault): void {
    this.#fault = fault;
    if (fault !== "drop") return;
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** Ends it; what was held back goes on. */
  heal(): void {
    this.#fault = undefined;
    this.#healed.resolve(undefined);
    this.#healed = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    for (const socket of [...this.#pairs].flat()) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(near: Socket): void {
    near.on("error", () => undefined);
    if (this.#fault === "drop") {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.port, "127.0.0.1");
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const leave = () => {
      this.#pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on("error", leave).on("close", leave);
    void this.#carry(near, far).then(leave, leave);
    void this.#carry(far, near).then(leave, leave);
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    let left = letThrough;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      while (this.#fault === "stall") await this.#healed.promise;
      if (this.#fault === "delay") await sleep(lateMs);
      const cut = this.#fault === "truncate" && from.remotePort === this.port;
      if (!cut) left = letThrough;
      const bytes = cut ? chunk.subarray(0, left) : chunk;
      left -= cut ? bytes.length : 0;
      if (!to.write(bytes)) await once(to, "drain");
      if (left <= 0) {
        to.end();
        return;
      }
    }
  }
}
