import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { OwedStops } from "../../../src/core/launch/owed-stops.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { silentLogger } from "../../support/silent-logger.js";

const gone = new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { address: "x", site: "lab", reason: "gone" });
const forbidden = new LauncherError("NOMAD_E_API_FORBIDDEN", { call: "DELETE", site: "lab", reason: "no" });

/** Stops that fail so often, and what became of them. */
function owing(failures: number, error: unknown = gone) {
  const clock = new ManualClock();
  const owed = new OwedStops(clock, silentLogger);
  let asked = 0;
  const stop = () => {
    asked += 1;
    return asked <= failures ? Promise.reject(error) : Promise.resolve();
  };
  return { clock, owed, taken: owed.add("job", stop, error), asked: () => asked };
}

describe("a stop that Nomad did not take", () => {
  it("is tried again until it is taken, and the host waits for that", async () => {
    const { clock, owed, taken, asked } = owing(3);
    let closed = false;
    const closing = owed[Symbol.asyncDispose]().then(() => (closed = true));
    expect(taken).toBe(true);
    await clock.advance(6_000);
    expect([asked(), owed.size, closed]).toEqual([3, 1, false]);
    await clock.advance(2_000);
    await closing;
    expect([asked(), owed.size]).toEqual([4, 0]);
  });

  it("is given up after ten minutes", async () => {
    const { clock, owed, asked } = owing(Number.POSITIVE_INFINITY);
    await clock.advance(605_000);
    await owed[Symbol.asyncDispose]();
    expect([asked(), owed.size]).toEqual([300, 0]);
  });

  it("is not tried again where it was refused for good", () => {
    const { owed, taken } = owing(1, forbidden);
    expect([taken, owed.size]).toEqual([false, 0]);
  });

  it("is looked after again, where the registration was given up under way: it may arrive later than its stop", async () => {
    const clock = new ManualClock();
    const owed = new OwedStops(clock, silentLogger);
    const asked: number[] = [];
    owed.recheck("job", () => {
      asked.push(clock.now());
      return asked.length === 2 ? Promise.reject(gone) : Promise.resolve();
    });
    await clock.advance(6_000);
    await owed[Symbol.asyncDispose]();
    expect(asked).toEqual([500, 2_000, 4_000, 5_000]);
  });

  it("is waited for, also where it is found to be owed while the host closes", async () => {
    const clock = new ManualClock();
    const owed = new OwedStops(clock, silentLogger);
    let asked = 0;
    owed.recheck("job", () => ((asked += 1) === 3 ? Promise.reject(gone) : Promise.resolve()));
    let closed = false;
    const closing = owed[Symbol.asyncDispose]().then(() => (closed = true));
    await clock.advance(6_000);
    expect([asked, closed]).toEqual([3, false]);
    await clock.advance(2_000);
    await closing;
    expect([asked, owed.size]).toEqual([4, 0]);
  });
});
