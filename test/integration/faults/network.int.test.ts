import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Logger } from "../../../src/core/contracts/logger.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { Crowd, isWhole } from "../../support/crowd.js";
import { type Fault, FaultProxy } from "../../support/fault-proxy.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";
import { silentLogger } from "../../support/silent-logger.js";

const size = 12;
/** Longer than the event stream is tried for, shorter than calls are repeated for. */
const faults: readonly (readonly [Fault, seconds: number])[] = [
  ["drop", 4],
  ["truncate", 2],
  ["delay", 2],
  ["stall", 3],
];
const down = "Nomad is watched by blocking from now on, since a better way failed.";

describe(`a bad network, while ${String(size)} tasks run`, { timeout: 240_000 }, () => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await startAgent({ quiet: true, cpuTotalCompute: 100_000 });
  });
  afterAll(() => agent?.stop());

  it.each(["event-stream", "blocking", "poll"])("costs nothing when watched by %s", async (watch) => {
    const told: string[] = [];
    const warn: Logger["warn"] = (_fields, message) => void told.push(message);
    await using proxy = await FaultProxy.to(agent.httpPort);
    await using host = openTestHost(proxy.address, { watch }, { ...silentLogger, warn });
    await using crowd = new Crowd(host, size);
    await crowd.started();
    for (const [fault, seconds] of faults) {
      proxy.begin(fault);
      await sleep(seconds * 1_000);
      proxy.heal();
      await crowd.go(2);
    }
    const ended = await crowd.end();
    expect(ended.map((end) => (typeof end === "string" ? end : end.kind))).toEqual(ended.map(() => "succeeded"));
    for (const { jobId, printed, runs, told: news } of crowd.members) {
      expect(isWhole(printed.stdout), `${jobId}: ${printed.stdout}`).toBe(true);
      expect([runs(), news.filter(({ kind }) => kind === "ended").length]).toEqual([1, 1]);
    }
    // Each change is one sentence: none comes twice in a row.
    expect(told.filter((sentence, at) => sentence === told[at - 1])).toEqual([]);
    if (watch === "event-stream") expect(told.filter((sentence) => sentence === down)).toHaveLength(1);
  });

  it("stops a job whose registration arrives after the interrupt, when nobody waits for its reply any more", async () => {
    await using late = await LateRegistrations.to(agent.address);
    const wish = new AbortController();
    const host = openTestHost(late.address);
    const jobId = uniqueId("late");
    const going = run(host, { jobId, argv: ["sleep", "600"] }, wish.signal);
    await late.held;
    wish.abort(new Error("enough"));
    expect((await going).outcome).toMatchObject({ cause: "interrupted" });
    expect((await agent.request(`/v1/job/${jobId}`)).status).toBe(404);
    late.deliver();
    await host[Symbol.asyncDispose]();
    expect(await agent.api(`/v1/job/${jobId}`)).toMatchObject({ Stop: true });
  });
});

/** Passes calls on to an agent, and holds back registrations, which arrive even when the caller has hung up. */
class LateRegistrations implements AsyncDisposable {
  readonly #held = Promise.withResolvers<undefined>();
  readonly #delivered = Promise.withResolvers<undefined>();
  readonly #server;

  private constructor(agent: string) {
    this.#server = createServer((asked, answer) => {
      const pass = async () => {
        const { method = "GET", url = "/" } = asked;
        const body = await buffer(asked);
        if (method === "PUT" && url.startsWith("/v1/jobs")) {
          this.#held.resolve(undefined);
          await this.#delivered.promise;
        }
        const reply = await fetch(agent + url, { method, ...(body.length > 0 && { body: new Uint8Array(body) }) });
        answer.writeHead(reply.status, { "x-nomad-index": reply.headers.get("x-nomad-index") ?? "0" });
        answer.end(Buffer.from(await reply.arrayBuffer()));
      };
      pass().catch(() => answer.destroy());
    });
  }

  static async to(agent: string): Promise<LateRegistrations> {
    const one = new LateRegistrations(agent);
    await once(one.#server.listen(0, "127.0.0.1"), "listening");
    return one;
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  get held(): Promise<undefined> {
    return this.#held.promise;
  }

  deliver(): void {
    this.#delivered.resolve(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.deliver();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
