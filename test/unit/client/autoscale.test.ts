import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  autoscale,
  type AutoscaleOptions,
  createNomadClient,
  desiredCount,
  type ScaleLook,
} from "../../../src/client/index.js";
import { autoscaleCommand } from "../../../src/cli/autoscale-command.js";
import { WantedCounts } from "../../../src/client/jobs/scale-rule.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { ManualClock } from "../../../src/testing/index.js";
import { fakeTransport } from "../../support/fake-transport.js";

describe("desiredCount", () => {
  it.each([
    [0, 1],
    [99, 1],
    [100, 2],
    [250, 3],
    [5_000, 20],
  ])("of %i messages, 100 for each worker, is %i, as the document has it", (depth, wanted) => {
    expect(desiredCount(depth, { messagesPerWorker: 100, min: 1, max: 20 })).toBe(wanted);
  });
  it("is none of an empty queue where there may be none", () =>
    expect(desiredCount(0, { messagesPerWorker: 100, min: 0, max: 20 })).toBe(0));
});

describe("WantedCounts", () => {
  it("never goes below what was wanted within the cooldown, nor above what is wanted now or is there", () => {
    const steps = fc.array(fc.record({ after: fc.nat(30), wanted: fc.nat(20) }), { minLength: 1 });
    fc.assert(
      fc.property(steps, fc.nat(40), (looks, cooldown) => {
        const counts = new WantedCounts(cooldown);
        const seen: { at: number; wanted: number }[] = [];
        let [now, current] = [0, 5];
        for (const { after, wanted } of looks) {
          now += after;
          seen.push({ at: now, wanted });
          const goal = counts.goal(wanted, current, now);
          const recent = seen.filter(({ at }) => now - at < cooldown).map((one) => one.wanted);
          expect(goal).toBeGreaterThanOrEqual(Math.min(current, Math.max(wanted, ...recent)));
          expect(goal).toBeLessThanOrEqual(Math.max(current, wanted));
          current = goal;
        }
      }),
    );
  });
});

/** A Nomad with one job, and a queue; time stands still but for the autoscaler's own pauses. */
function lab(depths: (number | Error)[], job: object = {}, options: Partial<AutoscaleOptions> = {}) {
  const clock = new ManualClock();
  const group = { Name: "g", Count: 1, ...job };
  const events: { Count: number; CreateIndex: number; Time: number }[] = [];
  const sent: { Count: number; Message: string; Meta: Record<string, unknown> }[] = [];
  const transport = {
    ...fakeTransport({}),
    request: ({ path, method, body }: { path: string; method: string; body?: unknown }) => {
      if (method === "POST") {
        const ask = body as (typeof sent)[number];
        sent.push(ask);
        group.Count = ask.Count;
        events.push({ Count: ask.Count, CreateIndex: events.length + 1, Time: clock.now() * 1e6 });
        return Promise.resolve({ status: 200, index: 1, body: {} });
      }
      const own = { ID: "j", Type: "service", Stop: false, JobModifyIndex: 7, TaskGroups: [group], ...job };
      const reply = path.endsWith("/scale") ? { TaskGroups: { g: { Events: events } } } : own;
      return Promise.resolve({ status: 200, index: 1, body: structuredClone(reply) });
    },
  };
  const source = {
    origin: "a queue",
    depth: () => {
      const next = depths.length > 1 ? depths.shift() : depths[0];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? 0);
    },
  };
  const nomad = createNomadClient({ transport: transport, env: {}, clock });
  const all = { source, messagesPerWorker: 10, intervalMs: 10, cooldownMs: 20, clock, ...options };
  const looks = async (count: number): Promise<ScaleLook[]> => {
    const found: ScaleLook[] = [];
    const loop = autoscale(nomad, "j", all);
    while (found.length < count) {
      const next = loop.next();
      if (found.length > 0) await clock.advance(10);
      found.push((await next).value);
    }
    return found;
  };
  return { looks, sent, events, group };
}
const outcomes = (looks: readonly ScaleLook[]) => looks.map(({ outcome, current }) => `${outcome} ${String(current)}`);

describe("autoscale", () => {
  it("goes up at once, waits, goes down after a whole cooldown of fewer", async () => {
    const { looks, sent } = lab([55, 75, 75, 0, 75, 0, 0, 0, 0]);
    expect(outcomes(await looks(9))).toEqual([
      "scaled 1",
      "cooling 6",
      "scaled 6",
      "steady 8",
      "steady 8",
      "steady 8",
      "steady 8",
      "scaled 8",
      "steady 1",
    ]);
    expect(sent.map(({ Count }) => Count)).toEqual([6, 8, 1]);
    expect(sent[0]).toMatchObject({
      Message: "55 messages in a queue: j/g 1 -> 6",
      Meta: { by: "metaflow-nomad autoscale", depth: 55, messages_per_worker: 10, min: 1, max: 20 },
      JobModifyIndex: 7,
    });
  });

  it("tells what fails and goes on; a gap is no time of fewer messages", async () => {
    const { looks } = lab([55, 55, new Error("gone"), 0, 0, 0]);
    const found = await looks(6);
    expect(outcomes(found)).toEqual(["scaled 1", "steady 6", "failed undefined", "steady 6", "steady 6", "scaled 6"]);
    expect(found[2]?.reason).toContain("gone");
  });

  it("does nothing to a job that is stopped, or whose scaling is not enabled, or in a dry run", async () => {
    expect(outcomes(await lab([55], { Stop: true }).looks(1))).toEqual(["off 1"]);
    expect(outcomes(await lab([55], { Scaling: { Enabled: false, Min: 0, Max: 9 } }).looks(1))).toEqual(["off 1"]);
    const dry = lab([55], {}, { dryRun: true });
    expect(outcomes(await dry.looks(2))).toEqual(["planned 1", "planned 1"]);
    expect(dry.sent).toEqual([]);
  });

  it("keeps to the group's scaling block, whatever is asked", async () => {
    const { looks, sent } = lab([999], { Scaling: { Enabled: true, Min: 2, Max: 4 } }, { max: 50 });
    await looks(1);
    expect(sent[0]?.Count).toBe(4);
  });

  it.each([
    ["a --max below the block's min", { min: 5, max: 9 }, { max: 3 }, 5],
    ["a --min above the block's max", { min: 2, max: 4 }, { min: 30 }, 4],
    ["a --max of none", undefined, { max: 0 }, 0],
  ])("holds to the block's limits with %s", async (_what, block, options, count) => {
    const Scaling = block && { Enabled: true, Min: block.min, Max: block.max };
    const [look] = await lab([999], { Scaling }, options).looks(1);
    expect(look).toMatchObject({ wanted: count });
  });

  it("is a command for one site: it never comes to another", () => {
    const options = { queue: "q", messagesPerWorker: "1", interval: "1s", cooldown: "1s", site: "a,b" };
    expect(() => autoscaleCommand("j", undefined, options)).toThrow("--site: it names several");
  });

  it.each([
    [{ messagesPerWorker: 0 }, "messagesPerWorker"],
    [{ min: 30 }, "min: 30 is more than max, 20"],
    [{ min: 3, max: 2 }, "max"],
    [{ intervalMs: 0 }, "intervalMs"],
    [{ cooldownMs: Number.NaN }, "cooldownMs"],
    [{ group: "other" }, "group"],
  ])("refuses %j", async (options, field) => {
    await expect(lab([1], {}, options).looks(1)).rejects.toThrow(field);
  });

  it("refuses a job that runs once on each node", async () => {
    await expect(lab([1], { Type: "system" }).looks(1)).rejects.toThrow("once on each node");
  });

  it("goes on after a failure of the first look that time may cure", async () => {
    const error = new LauncherError("NOMAD_E_QUEUE_FAILED", { queue: "q", reason: "refused" });
    expect(outcomes(await lab([error, 55]).looks(2))).toEqual(["failed undefined", "scaled 1"]);
  });
});
