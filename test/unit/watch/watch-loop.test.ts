import { describe, expect, it } from "vitest";
import type { Logger } from "../../../src/core/contracts/logger.js";
import type { NomadWatcher, Sighting, WatchScope } from "../../../src/core/contracts/watcher.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { currentAllocation } from "../../../src/core/watch/job-state.js";
import { WatchLoop } from "../../../src/core/watch/watch-loop.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { allocation, sighting } from "../../support/builders.js";
import { silentLogger } from "../../support/silent-logger.js";

const never = new AbortController().signal;
const refused = new LauncherError("NOMAD_E_API_FORBIDDEN", {
  call: "GET",
  origin: "token",
  reason: "x",
  namespace: "default",
});
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
  await untilAborted(signal);
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

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
      await untilAborted(signal);
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

  it("fails the jobs at once when every rung is refused from the start", async () => {
    const top = rung("poll", async function* () {
      throw refused;
    });
    const watch = loop(new ManualClock(), top.watcher);
    using job = watch.track("job");
    await expect(job.until(currentAllocation, never)).rejects.toBe(refused);
  });

  it("waits for half a minute when every rung is refused later: the next token may be on its way", async () => {
    const clock = new ManualClock();
    let allowed = true;
    const top = rung("poll", async function* (_scope, signal) {
      if (!allowed) throw refused;
      yield sighting([allocation({})]);
      await clock.sleep(1_000, signal);
      throw refused;
    });
    const watch = loop(clock, top.watcher);
    using job = watch.track("job");
    await job.until(currentAllocation, never);
    const failure = job.until(() => undefined, never).catch((error: unknown) => error);
    let failed = false;
    void failure.then(() => (failed = true));

    allowed = false;
    await clock.advance(25_000);
    allowed = true;
    await clock.advance(25_000);
    expect(failed).toBe(false);

    allowed = false;
    await clock.advance(40_000);
    expect(await failure).toBe(refused);
  });

  it("ends the job whose state nobody can read, and no other", async () => {
    const unread = new LauncherError("NOMAD_E_API_REPLY", { call: "GET /allocations", problem: "x" });
    const top = rung("poll", async function* (_scope, signal) {
      yield { ...sighting([allocation({ JobID: "well" })]), unreadable: new Map([["ill", unread]]) };
      await untilAborted(signal);
    });
    await using watch = loop(new ManualClock(), top.watcher);
    using ill = watch.track("ill");
    using well = watch.track("well");
    await expect(ill.until(currentAllocation, never)).rejects.toBe(unread);
    expect((await well.until(currentAllocation, never)).JobID).toBe("well");
  });
});

describe("what a watch loop tells", () => {
  /** Lines of the log at a level that is kept. */
  function listening() {
    const lines: string[] = [];
    const warn: Logger["warn"] = (_fields, message) => void lines.push(message);
    return { lines, logger: { ...silentLogger, warn, info: warn, error: warn } };
  }
  const down = "Nomad is watched by poll from now on, since a better way failed.";
  const up = "Nomad is watched by stream again.";

  /** A ladder of two whose upper rung breaks when a test says so. */
  function ladder() {
    const clock = new ManualClock();
    const { lines, logger } = listening();
    const state = { refused: false, lives: Number.POSITIVE_INFINITY };
    const top = rung("stream", async function* (_scope, signal) {
      if (state.refused) throw refused;
      yield sighting([allocation({})]);
      await clock.sleep(state.lives, signal);
      throw broken;
    });
    const low = rung("poll", showing);
    const parts = { ladder: [top.watcher, low.watcher], clock, logger };
    return { clock, lines, state, top, watch: new WatchLoop({ namespace: "default" }, parts) };
  }

  it("is nothing as long as the best way works", async () => {
    const { clock, lines, watch } = ladder();
    using _job = watch.track("job");
    await clock.advance(200_000);
    expect(lines).toEqual([]);
    await watch[Symbol.asyncDispose]();
  });

  it("is each change once: a refusal that lasts is not told each minute, and the way back is told", async () => {
    const { clock, lines, state, top, watch } = ladder();
    state.refused = true;
    using _job = watch.track("job");
    await clock.advance(10 * 61_000);
    expect([lines, top.calls.length > 5]).toEqual([[down], true]);
    state.refused = false;
    await clock.advance(90_000);
    expect(lines).toEqual([down, up]);
    await watch[Symbol.asyncDispose]();
  });

  it("is not that a stream which breaks after a moment is back", async () => {
    const { clock, lines, state, top, watch } = ladder();
    state.lives = 5_000;
    using _job = watch.track("job");
    await clock.advance(10 * 66_000);
    expect([lines, top.calls.length > 5]).toEqual([[down], true]);
    await watch[Symbol.asyncDispose]();
  });

  it("is once that nothing works, and once that it does again", async () => {
    const clock = new ManualClock();
    const { lines, logger } = listening();
    let works = true;
    const only = rung("poll", async function* (_scope, signal) {
      if (!works) throw broken;
      yield sighting([allocation({})]);
      await clock.sleep(10_000, signal);
      throw broken;
    });
    const watch = new WatchLoop({ namespace: "default" }, { ladder: [only.watcher], clock, logger });
    using _job = watch.track("job");
    await clock.advance(5_000);
    works = false;
    await clock.advance(60_000);
    const blind = "Nomad cannot be watched at the moment; it is tried again every few seconds.";
    expect(lines).toEqual([blind]);
    works = true;
    await clock.advance(5_000);
    expect(lines).toEqual([blind, "Nomad is watched by poll again."]);
    await watch[Symbol.asyncDispose]();
  });
});
