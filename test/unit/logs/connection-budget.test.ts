import { describe, expect, it } from "vitest";
import { ConnectionBudget } from "../../../src/core/logs/connection-budget.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";

const never = new AbortController().signal;
const usual = { share: 1, eager: false };

/** How many follow, and how many look, at once within a budget. */
async function countBoth(budget: ConnectionBudget) {
  let [follows, looks] = [0, 0];
  while ((await budget.follow(usual)) !== undefined) follows += 1;
  for (let tries = 0; tries < 20; tries += 1) void budget.look(never).then(() => (looks += 1));
  await new ManualClock().advance(0);
  return { follows, looks };
}

describe("ConnectionBudget", () => {
  it.each([
    [1, { follows: 0, looks: 1 }],
    [2, { follows: 1, looks: 1 }],
    [8, { follows: 6, looks: 2 }],
    [40, { follows: 34, looks: 6 }],
  ])("never uses more than its %i connections, and keeps some for looks", async (size, wanted) => {
    expect(await countBoth(new ConnectionBudget(size, new ManualClock()))).toEqual(wanted);
  });

  it("makes streams pause longer the more of them share, those that bring something least", async () => {
    const budget = new ConnectionBudget(4, new ManualClock());
    const streams = Array.from({ length: 1_003 }, () => budget.enter());
    for (let held = 0; held < 3; held += 1) await budget.follow(usual);
    expect([budget.pauseMs(true), budget.pauseMs(false)]).toEqual([6_000, 20_000]);
    for (const stream of streams.slice(3)) stream[Symbol.dispose]();
    expect([budget.pauseMs(true), budget.pauseMs(false)]).toEqual([0, 0]);
  });

  it("grows and shrinks in both uses", async () => {
    const budget = new ConnectionBudget(40, new ManualClock());
    budget.resize(4);
    expect(await countBoth(budget)).toEqual({ follows: 3, looks: 1 });
  });
});
