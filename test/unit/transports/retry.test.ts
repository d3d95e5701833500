import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/contracts/clock.js";
import type { ErrorCode } from "../../../src/core/errors/catalogue.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { defaultRetryLimits, mayHaveArrived, mayRepeat, pauseMs, withRetry } from "../../../src/transports/retry.js";

/** A clock on which sleeping is instant, and which remembers each pause. */
class LeapingClock implements Clock {
  time = 0;
  readonly pauses: number[] = [];

  constructor(private readonly randoms: () => number) {}

  now(): number {
    return this.time;
  }

  random(): number {
    return this.randoms();
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.pauses.push(ms);
    this.time += ms;
  }
}

const failure = (code: ErrorCode = "NOMAD_E_API_SERVER") => new LauncherError(code, { call: "GET /jobs" });
const passing: ErrorCode[] = [
  "NOMAD_E_API_SERVER",
  "NOMAD_E_API_BUSY",
  "NOMAD_E_TRANSPORT_BROKEN",
  "NOMAD_E_TRANSPORT_UNREACHABLE",
];
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const never = () => new AbortController().signal;

describe("withRetry", () => {
  it("stays within its tries and its budget, whatever the jitter and however long the work takes", async () => {
    const run = async (randoms: number[], code: ErrorCode, workMs: number) => {
      let drawn = 0;
      let tries = 0;
      const clock = new LeapingClock(() => randoms[drawn++ % randoms.length] ?? 0);
      const work = () => {
        tries += 1;
        clock.time += workMs;
        return Promise.reject(failure(code));
      };
      await expect(withRetry(work, { clock, signal: never(), mayRepeat: () => true })).rejects.toMatchObject({ code });
      expect(tries).toBe(clock.pauses.length + 1);
      expect(tries).toBeLessThanOrEqual(defaultRetryLimits.tries);
      expect(clock.time - workMs).toBeLessThanOrEqual(defaultRetryLimits.budgetMs + workMs);
    };
    const work = fc.integer({ min: 0, max: 20_000 });
    await fc.assert(fc.asyncProperty(fc.array(fraction, { minLength: 1 }), fc.constantFrom(...passing), work, run));
  });

  it("gives the first success, after as many pauses as failures", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 8 }), fraction, async (failures, random) => {
        const clock = new LeapingClock(() => random);
        let left = failures;
        const work = () => (left-- > 0 ? Promise.reject(failure()) : Promise.resolve("done"));
        expect(await withRetry(work, { clock, signal: never(), mayRepeat: () => true })).toBe("done");
        expect(clock.pauses).toHaveLength(failures);
      }),
    );
  });

  it("pauses between zero and a doubling, capped ceiling; after a 429 never at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fraction, fc.constantFrom(...passing), (failures, random, code) => {
        const pause = pauseMs({ code }, failures, new LeapingClock(() => random));
        const floor = code === "NOMAD_E_API_BUSY" ? 200 : 0;
        expect(pause).toBeGreaterThanOrEqual(floor);
        expect(pause).toBeLessThanOrEqual(floor + Math.min(3_000, 100 * 2 ** (failures - 1)));
      }),
    );
  });

  it("does not repeat what may not be repeated", async () => {
    const clock = new LeapingClock(() => 0);
    const work = () => Promise.reject(failure());
    await expect(withRetry(work, { clock, signal: never(), mayRepeat: () => false })).rejects.toThrow();
    expect(clock.pauses).toEqual([]);
  });

  it.each([
    ["NOMAD_E_TRANSPORT_BROKEN", "NOMAD_E_TRANSPORT_UNREACHABLE", "NOMAD_E_TRANSPORT_BROKEN"],
    ["NOMAD_E_API_SERVER", "NOMAD_E_TRANSPORT_UNREACHABLE", "NOMAD_E_API_SERVER"],
    ["NOMAD_E_API_BUSY", "NOMAD_E_TRANSPORT_UNREACHABLE", "NOMAD_E_TRANSPORT_UNREACHABLE"],
    ["NOMAD_E_TRANSPORT_BROKEN", "NOMAD_E_API_BUSY", "NOMAD_E_API_BUSY"],
  ] as const)("says whether a try may have arrived: first %s, then %s", async (first, then, told) => {
    let tries = 0;
    const work = () => Promise.reject(failure(tries++ === 0 ? first : then));
    const parts = { clock: new LeapingClock(() => 0), signal: never(), mayRepeat: () => true, mayHaveArrived };
    await expect(withRetry(work, parts)).rejects.toMatchObject({ code: told });
    expect(tries).toBe(defaultRetryLimits.tries);
  });

  it("passes errors on that are not ours", async () => {
    const work = () => Promise.reject(new TypeError("a mistake"));
    const parts = { clock: new LeapingClock(() => 0), signal: never(), mayRepeat: () => true };
    await expect(withRetry(work, parts)).rejects.toThrow(TypeError);
  });

  it("ends with the signal's reason when it aborts", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const work = () => {
      abort.abort(reason);
      return Promise.reject(failure());
    };
    const parts = { clock: new LeapingClock(() => 0), signal: abort.signal, mayRepeat: () => true };
    await expect(withRetry(work, parts)).rejects.toBe(reason);
  });
});

describe("mayRepeat", () => {
  it.each(["GET", "PUT", "DELETE"] as const)("repeats %s after passing failures only", (method) => {
    for (const code of passing) expect(mayRepeat(method, failure(code))).toBe(true);
    for (const code of ["NOMAD_E_API_REFUSED", "NOMAD_E_API_FORBIDDEN", "NOMAD_E_TRANSPORT_TLS"] as const)
      expect(mayRepeat(method, failure(code))).toBe(false);
  });

  it("repeats POST only when it certainly was not handled", () => {
    expect(passing.filter((code) => mayRepeat("POST", failure(code)))).toEqual([
      "NOMAD_E_API_BUSY",
      "NOMAD_E_TRANSPORT_UNREACHABLE",
    ]);
  });
});
