import { describe, expect, it } from "vitest";
import { isClean, type Row, table } from "../../faults/report.js";

const row = (over: Partial<Row> = {}): Row => ({
  name: "leader killed",
  real: true,
  tasks: 4,
  right: 4,
  expected: 96,
  seen: 96,
  left: 0,
  minutes: 0.5,
  wrong: [],
  ...over,
});

describe("the report of the fault matrix", () => {
  it("ends well only where every verdict is right, every line seen, and nothing left", () => {
    expect(isClean([row(), row({ real: false })])).toBe(true);
    const bad: Partial<Row>[] = [
      { right: 3 },
      { seen: 95 },
      { seen: 97 },
      { left: 1 },
      { wrong: ["x"] },
      { tasks: 0, right: 0 },
    ];
    for (const one of bad) expect(isClean([row(), row(one)]), JSON.stringify(one)).toBe(false);
    expect(isClean([])).toBe(false);
  });

  it("tells real from fake, adds up, and names what is wrong", () => {
    const told = table([row(), row({ name: "clock", real: false, right: 3, wrong: ["job-1: it does not end"] })]).split(
      "\n",
    );
    expect(told.map((line) => line.split(/ {2,}/))).toEqual([
      ["fault", "parts", "tasks", "right", "lines expected", "seen", "jobs left", "minutes"],
      ["leader killed", "real", "4", "4", "96", "96", "0", "0.5"],
      ["clock", "fake", "4", "3", "96", "96", "0", "0.5"],
      ["all", "1 of 2 real", "8", "7", "192", "192", "0", "1.0"],
      ["WRONG", "clock: job-1: it does not end"],
    ]);
  });
});
