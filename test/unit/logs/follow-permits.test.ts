import { describe, expect, it } from "vitest";
import { FollowPermits, type Permit } from "../../../src/core/logs/follow-permits.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";

const usual = { share: 1, eager: false };
const eager = { share: 1, eager: true };

function open(size: number) {
  const clock = new ManualClock();
  return { clock, permits: new FollowPermits(size, clock) };
}

/** A holder that lets go when it is recalled, as a followed stream does. */
function obey(permit: Permit | undefined): void {
  permit?.recalled.addEventListener("abort", () => permit[Symbol.dispose]());
}

describe("FollowPermits", () => {
  it("gives as many as there are, and each again when it comes back", async () => {
    const { permits } = open(2);
    const [first, second] = [await permits.take(usual), await permits.take(usual)];
    expect([first === undefined, second === undefined, await permits.take(usual)]).toEqual([false, false, undefined]);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    expect(await permits.take(usual)).toBeDefined();
    expect(await permits.take(usual)).toBeUndefined();
  });

  it("keeps a part for what matters more", async () => {
    const { permits } = open(4);
    const less = { share: 0.5, eager: false };
    expect([await permits.take(less), await permits.take(less)].every((permit) => permit !== undefined)).toBe(true);
    expect(await permits.take(less)).toBeUndefined();
    expect(await permits.take(usual)).toBeDefined();
  });

  it("takes the one that has been silent the longest for a stream that speaks", async () => {
    const { clock, permits } = open(2);
    const [silent, lively] = [await permits.take(usual), await permits.take(usual)];
    obey(silent);
    obey(lively);
    await clock.advance(6_000);
    lively?.heard();
    expect(await permits.take(usual)).toBeUndefined();
    expect(await permits.take(eager)).toBeDefined();
    expect([silent?.recalled.aborted, lively?.recalled.aborted, permits.held]).toEqual([true, false, 2]);
  });

  it("takes none that has just spoken, and gives none before the other is closed", async () => {
    const { clock, permits } = open(1);
    const first = await permits.take(usual);
    expect(await permits.take(eager)).toBeUndefined();
    await clock.advance(6_000);
    let given: Permit | undefined;
    const waiting = permits.take(eager).then((permit) => (given = permit));
    await clock.advance(0);
    expect([first?.recalled.aborted, given, permits.held]).toEqual([true, undefined, 1]);
    first?.[Symbol.dispose]();
    await waiting;
    expect([given === undefined, permits.held]).toEqual([false, 1]);
  });

  it("recalls the newest when it shrinks, and gives them again when it grows", async () => {
    const { permits } = open(3);
    const given = [await permits.take(usual), await permits.take(usual), await permits.take(usual)];
    permits.resize(1);
    expect(given.map((permit) => permit?.recalled.aborted)).toEqual([false, true, true]);
    for (const permit of given.slice(1)) permit?.[Symbol.dispose]();
    expect(await permits.take(usual)).toBeUndefined();
    permits.resize(2);
    expect((await permits.take(usual))?.recalled.aborted).toBe(false);
  });

  it("gives none where there are none", async () => {
    expect(await open(0).permits.take(eager)).toBeUndefined();
  });
});
