import { describe, expect, it } from "vitest";
import type { NomadWatcher, Sighting, WatchScope } from "../../../src/core/contracts/watcher.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { currentAllocation } from "../../../src/core/watch/job-state.js";
import { WatchLoop } from "../../../src/core/watch/watch-loop.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { allocation, sighting } from "../../support/builders.js";
import { silentLogger } from "../../support/silent-logger.js";

const never = new AbortController().signal;
const broken = new LauncherError("NOMAD_E_WATCH_GAP", { address: "x", reason: "test" });

/** A rung that shows what it is given, then waits or fails. */
function rung(name: string, script: (scope: WatchScope, signal: AbortSignal) => AsyncGenerator<Sighting>) {
  const calls: string[] = [];
  const watcher: NomadWatcher = {
    name,
    watch: (scope, signal) => {
      calls.push([...scope.jobIds()].join());
      return script(scope, signal);
    },
  };
  return { watcher, calls };
}

async function* failing(): AsyncGenerator<Sighting> {
  yield sighting([]);
  throw broken;
}

async function* showing(_scope: WatchScope, signal: AbortSignal): AsyncGenerator<Sighting> {
  yield sighting([allocation({})]);
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

const loop = (clock: ManualClock, ...ladder: NomadWatcher[]) =>
  new WatchLoop({ namespace: "default" }, { ladder, clock, logger: silentLogger });

describe("WatchLoop", () => {
  it("takes the next rung when one fails, and climbs back after a minute", async () => {
    const clock = new ManualClock();
    const [top, low] = [rung("stream", failing), rung("poll", showing)];
    await using watch = loop(clock, top.watcher, low.watcher);
    using job = watch.track("job");
    const seen = await job.until((state) => currentAllocation(state), never);
    expect(seen.ID).toBe("alloc-1");
    expect([top.calls.length, low.calls.length]).toEqual([1, 1]);
    await clock.advance(61_000);
    expect(top.calls.length).toBe(2);
  });

  it("watches all jobs by one call and stops when none is left", async () => {
    const top = rung("stream", async function* (scope, signal) {
      await scope.grown(signal);
      yield {
        index: 1,
        evaluations: [],
        allocations: [...scope.jobIds()].map((JobID) => allocation({ JobID, ID: JobID })),
      };
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    await using watch = loop(new ManualClock(), top.watcher);
    const first = watch.track("a");
    const second = watch.track("b");
    const both = await Promise.all(
      [first, second].map((job) => job.until((state) => currentAllocation(state)?.ID, never)),
    );
    expect(both).toEqual(["a", "b"]);
    expect(top.calls.length).toBe(1);
    first[Symbol.dispose]();
    second[Symbol.dispose]();
  });

  it("fails the jobs when every rung is refused for good", async () => {
    const refused = new LauncherError("NOMAD_E_API_FORBIDDEN", {
      call: "GET",
      origin: "token",
      reason: "x",
      namespace: "default",
    });
    const top = rung("poll", async function* () {
      yield sighting([]);
      throw refused;
    });
    const watch = loop(new ManualClock(), top.watcher);
    using job = watch.track("job");
    await expect(job.until(currentAllocation, never)).rejects.toBe(refused);
  });
});
