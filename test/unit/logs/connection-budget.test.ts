import { describe, expect, it } from "vitest";
import { ConnectionBudget } from "../../../src/core/logs/connection-budget.js";

const never = new AbortController().signal;

describe("ConnectionBudget", () => {
  it("hands permits on in the order they were asked for", async () => {
    const budget = new ConnectionBudget(1);
    const first = await budget.acquire(never);
    expect(first.contended).toBe(false);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      using _permit = await budget.acquire(never);
      order.push(number);
    });
    expect(first.contended).toBe(true);
    first[Symbol.dispose]();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it("forgets who gives up, and counts a permit given back twice once", async () => {
    const budget = new ConnectionBudget(1);
    const held = await budget.acquire(never);
    const impatient = new AbortController();
    const refused = budget.acquire(impatient.signal);
    impatient.abort(new Error("enough"));
    await expect(refused).rejects.toThrow("enough");
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    using _again = await budget.acquire(never);
    const late = budget.acquire(AbortSignal.timeout(20));
    await expect(late).rejects.toThrow();
  });
});
