import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currentAllocation, reduceJob, unseenJob } from "../../../src/core/watch/job-state.js";
import { allocation, sighting } from "../../support/builders.js";

describe("reduceJob", () => {
  it("keeps the newest state of an allocation, whatever the order of the news", () => {
    const news = [1, 2, 3, 4].map((index) =>
      allocation({ ModifyIndex: index, ClientStatus: index === 4 ? "complete" : "running" }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray([...news, ...news], { minLength: 8 }), (order) => {
        const end = order.reduce((state, item) => reduceJob(state, sighting([item])), unseenJob("job"));
        expect(currentAllocation(end)?.ClientStatus).toBe("complete");
      }),
    );
  });

  it("ignores other jobs and returns the same state when nothing is new", () => {
    const state = reduceJob(unseenJob("job"), sighting([allocation({})]));
    expect(reduceJob(state, sighting([allocation({ JobID: "other", ModifyIndex: 99 })]))).toBe(state);
    expect(reduceJob(state, sighting([allocation({})]))).toBe(state);
  });

  it("keeps what garbage collection took away", () => {
    const state = reduceJob(unseenJob("job"), sighting([allocation({ ClientStatus: "complete" })]));
    const after = reduceJob(state, { index: 9, allocations: [], evaluations: [], complete: new Set(["job"]) });
    expect(currentAllocation(after)?.ClientStatus).toBe("complete");
    expect(after.seen).toBe(true);
  });
});
