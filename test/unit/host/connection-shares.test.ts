import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionShares, divide } from "../../../src/core/host/connection-shares.js";
import { ConnectionBudget } from "../../../src/core/logs/connection-budget.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { fakeTransport } from "../../support/fake-transport.js";

describe("connection shares", () => {
  it("stays within a site's connections however many hosts and loops share them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 100 }), fc.nat(30), fc.nat(3), (connections, more, loops) => {
        const hosts = more + 1;
        const { calls, watches, logs } = divide(connections, hosts, loops + 1);
        expect([calls >= 1, logs >= 1]).toEqual([true, true]);
        // Below six there is no room for less than one of each and two for the watch.
        const own = Math.floor(connections / hosts);
        if (own >= 4 + 2 * loops) expect(calls + watches + logs).toBeLessThanOrEqual(own);
      }),
    );
  });

  it("gives most of 50 connections to logs, and divides them by the hosts", () => {
    expect(divide(50, 1, 1)).toEqual({ calls: 8, watches: 2, logs: 40 });
    expect(divide(50, 2, 1)).toEqual({ calls: 6, watches: 2, logs: 17 });
    expect(divide(50, 20, 1)).toEqual({ calls: 1, watches: 2, logs: 1 });
  });

  it("tells the transport and the logs of every change", async () => {
    const limits: (readonly number[])[] = [];
    const transport = { ...fakeTransport({}), limitConnections: (...given: number[]) => void limits.push(given) };
    const budget = new ConnectionBudget(1, new ManualClock());
    const shares = new ConnectionShares(50, budget, transport);
    shares.hosts = 5;
    shares.loops = 3;
    shares.hosts = 1;
    shares.hosts = 1;
    expect(limits).toEqual([
      [8, 42],
      [2, 8],
      [2, 8],
      [8, 42],
    ]);
    let follows = 0;
    while ((await budget.follow({ share: 1, eager: false })) !== undefined) follows += 1;
    expect(follows).toBe(50 - 8 - 6 - 6);
  });
});
