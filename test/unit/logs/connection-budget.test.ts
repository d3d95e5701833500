import { describe, expect, it } from "vitest";
import { ConnectionBudget } from "../../../src/core/logs/connection-budget.js";

describe("ConnectionBudget", () => {
  it("gives as many permits as it has, and each again when it comes back", () => {
    const budget = new ConnectionBudget(2);
    const [first, second] = [budget.take(), budget.take()];
    expect([first === undefined, second === undefined, budget.take()]).toEqual([false, false, undefined]);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    expect(budget.take()).toBeDefined();
    expect(budget.take()).toBeUndefined();
  });

  it("keeps a part for what matters more", () => {
    const budget = new ConnectionBudget(4);
    expect([budget.take(0.5), budget.take(0.5)].every((permit) => permit !== undefined)).toBe(true);
    expect(budget.take(0.5)).toBeUndefined();
    expect(budget.take(1)).toBeDefined();
  });

  it("recalls the newest permits when it shrinks, and gives them again when it grows", () => {
    const budget = new ConnectionBudget(3);
    const permits = [budget.take(), budget.take(), budget.take()];
    budget.resize(1);
    expect(permits.map((permit) => permit?.recalled.aborted)).toEqual([false, true, true]);
    for (const permit of permits.slice(1)) permit?.[Symbol.dispose]();
    expect(budget.take()).toBeUndefined();
    budget.resize(2);
    expect(budget.take()?.recalled.aborted).toBe(false);
  });
});
