import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { type Slot, SubmitGate } from "../../../src/core/launch/submit-gate.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { composeJob } from "../../support/compose.js";

const never = new AbortController().signal;
const busy = new LauncherError("NOMAD_E_API_BUSY", { address: "http://n:4646", call: "PUT /jobs" });

function open() {
  const clock = new ManualClock();
  const gate = new SubmitGate(clock);
  const told: string[] = [];
  /** Those that were let in and have been registered. */
  const slots: Slot[] = [];
  let count = 0;
  const enter = (over: Partial<LaunchRequest> = {}, signal = never) =>
    gate.enter(composeJob({ jobId: `job-${(count += 1)}`, ...over }), signal, (reason) => told.push(reason));
  /** Brings so many jobs to the gate, which register as soon as they are let in. */
  const bring = async (jobs: number, over: Partial<LaunchRequest> = {}, signal = never) => {
    const join = async (slot: Slot) => {
      await slot.register(async () => undefined, signal);
      slots.push(slot);
    };
    for (let job = 0; job < jobs; job += 1) void enter(over, signal).then(join, () => undefined);
    await clock.advance(0);
  };
  return { clock, gate, told, slots, enter, bring };
}

describe("SubmitGate", () => {
  it("lets a thousand jobs in at once, and each further one when another is placed", async () => {
    const { slots, told, bring, clock } = open();
    await bring(1_030);
    expect(slots.length).toBe(1_024);
    await bring(1);
    expect(told.length).toBe(7);
    expect(told[0]).toContain("1024 jobs like it wait for a node in Nomad already");
    for (const slot of slots.slice(0, 4)) slot.placed();
    await clock.advance(0);
    expect(slots.length).toBe(1_028);
  });

  it("stops as soon as jobs are blocked, and fills each room that comes", async () => {
    const { slots, told, enter, clock } = open();
    const entered: Slot[] = [];
    for (let job = 0; job < 5_000; job += 1) void enter().then((slot) => entered.push(slot));
    const registerNext = async () => {
      const slot = entered.shift();
      await slot?.register(async () => undefined, never);
      if (slot !== undefined) slots.push(slot);
      await clock.advance(0);
    };
    // Room for a hundred; each further one is blocked as soon as it is registered.
    while (slots.length < 100) await registerNext();
    for (const slot of slots) slot.placed();
    for (let before = -1; slots.length > before;) {
      before = slots.length;
      await registerNext();
      slots.slice(before).forEach((slot) => slot.blocked());
    }
    expect(slots.length).toBe(100 + 64);
    expect(told.length).toBe(5_000 - slots.length);
    for (const slot of slots.slice(100, 110)) slot.placed();
    await clock.advance(0);
    expect(entered.length).toBe(10);
  });

  it("grows again by what is placed while none is blocked", async () => {
    const { slots, bring, clock } = open();
    await bring(3_000);
    for (const slot of slots.slice(0, 8)) slot.blocked();
    for (const slot of slots.slice(0, 500)) slot.placed();
    await clock.advance(0);
    // 64, and one more for each that was placed after seven that were blocked.
    expect(slots.length).toBe(1_024 + (500 + 64 + 493 - 1_024));
  });

  it("does not let jobs of another shape wait", async () => {
    const { slots, bring } = open();
    await bring(1_100, { resources: { memory: 900_000 } });
    for (const slot of [...slots]) slot.blocked();
    const before = slots.length;
    await bring(5, { resources: { memory: 64 } });
    expect(slots.length).toBe(before + 5);
    await bring(5, { resources: { memory: 900_000, disk: 5_000 } });
    expect(slots.length).toBe(before + 10);
  });

  it("forgets who does not wait any more, and who left without a node", async () => {
    const { slots, bring, clock } = open();
    await bring(1_024);
    const gone = new AbortController();
    await bring(1, {}, gone.signal);
    await bring(2);
    gone.abort(new Error("not wanted"));
    slots[0]?.[Symbol.dispose]();
    slots[0]?.[Symbol.dispose]();
    slots[0]?.placed();
    await clock.advance(0);
    expect(slots.length).toBe(1_025);
  });

  it("registers sixteen at once", async () => {
    const { enter, clock } = open();
    let running = 0;
    const work = async () => {
      running += 1;
      await clock.sleep(1_000, never);
      running -= 1;
    };
    for (let job = 0; job < 40; job += 1) void enter().then((slot) => slot.register(work, never));
    await clock.advance(500);
    expect(running).toBe(16);
    await clock.advance(1_000);
    expect(running).toBe(16);
    await clock.advance(1_000);
    expect(running).toBe(8);
  });

  it("keeps all registrations waiting while Nomad refuses connections, longer and longer", async () => {
    const { enter, clock, told } = open();
    const tries: number[] = [];
    const register = async () => {
      const slot = await enter();
      await slot.register(async () => {
        tries.push(clock.now());
        if (tries.length <= 3) throw busy;
      }, never);
    };
    const first = register();
    await clock.advance(100);
    const second = register();
    await clock.advance(20_000);
    await Promise.all([first, second]);
    // Pauses of 0.75, 1.5 and 3 s (a quarter less than the ceiling, by the jitter); one tries for all.
    expect(tries).toEqual([0, 750, 2_250, 5_250, 5_250]);
    expect(told[0]).toContain("refuses more connections");
  });

  it("takes refusals of those that were under way together for one", async () => {
    const { enter, clock } = open();
    const done: number[] = [];
    let tries = 0;
    const work = async () => {
      const refused = (tries += 1) <= 16;
      await clock.sleep(50, never);
      if (refused) throw busy;
      done.push(clock.now());
    };
    for (let job = 0; job < 16; job += 1) void enter().then((slot) => slot.register(work, never));
    for (let step = 0; step < 20; step += 1) await clock.advance(50);
    // After one pause of 0.75 s, not after those of 16 refusals in a row.
    expect(done).toEqual(Array<number>(16).fill(850));
  });

  it("gives up after ten minutes, and at once on any other failure", async () => {
    const { enter, clock } = open();
    const register = async (error: Error) => (await enter()).register(async () => Promise.reject(error), never);
    const failure = register(busy).catch(String);
    for (let minute = 0; minute < 12; minute += 1) await clock.advance(60_000);
    expect(await failure).toContain("refuses more connections");
    const other = register(new Error("no")).catch(String);
    await clock.advance(60_000);
    expect(await other).toBe("Error: no");
  });
});
