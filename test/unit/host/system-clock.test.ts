import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/core/host/system-clock.js";

describe("systemClock", () => {
  it("sleeps through limits that one timer cannot hold", async () => {
    const wish = new AbortController();
    const asleep = systemClock.sleep(90 * 24 * 3_600_000, wish.signal);
    const first = await Promise.race([
      asleep.then(() => "woke"),
      systemClock.sleep(50, wish.signal).then(() => "asleep"),
    ]);
    wish.abort(new Error("enough"));
    await expect(asleep).rejects.toThrow("enough");
    expect(first).toBe("asleep");
  });
});
