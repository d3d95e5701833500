import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fault, faults } from "../../faults/faults.js";
import { Lab } from "../../faults/lab.js";
import { isClean } from "../../faults/report.js";
import { runRow } from "../../faults/row.js";
import { runSmallDisk, SmallDisk } from "../../faults/small-disk.js";

/** Those of `npm run test:faults` that no other test brings about, and for how long, in milliseconds. */
const brief = [
  ["clock set 1 h ahead", 2_000],
  ["leader stopped (SIGSTOP)", 4_000],
  ["clients cut off from the servers", 3_000],
  ["nomad system gc", 0],
] as const;

/** All of them, one after the other, while the same tasks run. */
const oneAfterTheOther: Fault = {
  name: "one after the other",
  real: false,
  collects: true,
  seconds: 0,
  drivers: ["raw_exec", "mock_driver"],
  begin: async (lab) => {
    for (const [name, ms] of brief) {
      const fault = faults.find((one) => one.name === name);
      if (fault === undefined) throw new Error(`there is no fault ${name}`);
      await fault.begin(lab);
      await lab.pause(ms);
      await fault.heal(lab);
    }
  },
  heal: () => undefined,
};

describe("a part of the fault matrix", { timeout: 240_000 }, () => {
  let disk: SmallDisk;
  let lab: Lab;
  beforeAll(async () => {
    disk = new SmallDisk();
    lab = await Lab.open({ isolation: false, smallDisk: disk.path });
  }, 120_000);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    disk?.[Symbol.dispose]();
  });

  it.each([
    ["a client's disk is full", () => runSmallDisk(disk, lab)],
    ["clock, leader, network and garbage", () => runRow(oneAfterTheOther, 0, lab)],
  ])("every verdict is right, every line seen, no job left: %s", async (_name, run) => {
    const row = await run();
    expect(row.wrong).toEqual([]);
    expect(row.tasks).toBeGreaterThan(5);
    expect(isClean([row]), JSON.stringify(row)).toBe(true);
  });
});
