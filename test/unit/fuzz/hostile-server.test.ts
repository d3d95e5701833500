import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/contracts/clock.js";
import type { ApiCall } from "../../../src/core/contracts/transport.js";
import { definePlugin } from "../../../src/core/contracts/plugin.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { Host } from "../../../src/core/host/host.js";
import { builtinPlugins } from "../../../src/index.js";
import { finished, request, site } from "../../support/builders.js";
import { fakeTransport } from "../../support/fake-transport.js";
import { fuzz } from "../../support/fuzz.js";
import { Printed } from "../../support/launch-host.js";
import { silentLogger } from "../../support/silent-logger.js";

/** Time passes as fast as anybody waits. */
class LeapingClock implements Clock {
  time = 0;
  now(): number {
    return this.time;
  }
  random(): number {
    return 0.5;
  }
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    this.time += ms;
  }
}

const oneOf = <T extends object>(good: T) =>
  fc
    .tuple(fc.constantFrom(...Object.keys(good)), fc.anything(), fc.integer({ min: 0, max: 3 }))
    .map(([key, value, luck]) => (luck === 0 ? { ...good, [key]: value } : good));
const ended = finished([
  { Type: "Started", Time: 1 },
  { Type: "Terminated", ExitCode: 7, Time: 2 },
]);
const evaluation = { ID: "e", JobID: "job", Namespace: "default", Status: "complete", ModifyIndex: 1, CreateIndex: 1 };
const unfit = { ...evaluation, FailedTGAllocs: { main: { NodesEvaluated: 1, ConstraintFiltered: { x: 1 } } } };
const list = (item: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 8, arbitrary: fc.array(item, { maxLength: 3 }) }, { weight: 1, arbitrary: fc.anything() });

/** What one server answers, by the kind of the call. */
const server = fc.record({
  registered: fc.oneof({ weight: 6, arbitrary: fc.constant({ EvalID: "e" }) }, { weight: 1, arbitrary: fc.anything() }),
  allocations: list(oneOf(ended)),
  evaluations: list(fc.oneof(oneOf(evaluation), oneOf(unfit))),
  other: fc.anything(),
  log: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
});
type Server = typeof server extends fc.Arbitrary<infer T> ? T : never;

function answer(said: Server, { method, path }: ApiCall): unknown {
  if (method === "PUT" && path === "/jobs") return said.registered;
  if (/allocation/.test(path)) return said.allocations;
  return /evaluation/.test(path) ? said.evaluations : said.other;
}

/** Launches there, and gives up after so many calls: what says nothing of the end is waited for, and rightly so. */
async function launchOn(said: Server) {
  const wish = new AbortController();
  let calls = 0;
  const transport = fakeTransport({
    request: (call) => {
      if ((calls += 1) > 60) wish.abort(new Error("enough"));
      return answer(said, call);
    },
    stream: async function* () {
      yield* said.log;
    },
  });
  const fake = definePlugin({
    name: "fake",
    apiVersion: "1",
    setup: (registrar) => registrar.transport("fake", () => transport),
  });
  const sites = { lab: site({ transport: "fake", watch: "poll" }) };
  const plugins = [...builtinPlugins, fake];
  await using host = new Host({ sites, defaultSite: "lab", plugins, clock: new LeapingClock(), logger: silentLogger });
  const asked = { request: request(), sink: new Printed(), report: () => undefined, signal: wish.signal };
  return await host
    .site()
    .launch(asked)
    .catch((error: unknown) => error);
}

describe("any server", () => {
  it("makes a launch end with an outcome or a coded error, whatever it answers", async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(server, async (said) => {
        const end = await launchOn(said);
        const name = end instanceof LauncherError ? end.code : (end as { readonly cause?: unknown }).cause;
        expect(typeof name, String(end)).toBe("string");
        ends.set(String(name), (ends.get(String(name)) ?? 0) + 1);
      }),
      fuzz(300),
    );
    expect(ends.size, JSON.stringify([...ends])).toBeGreaterThan(2);
  }, 120_000);
});
