import { describe, expect, it } from "vitest";
import type { Row } from "../../../src/core/listing/read-rows.js";
import { poolLines } from "../../../src/core/listing/pool-lines.js";
import { ageOf, table } from "../../../src/core/listing/table.js";

const row = (over: Partial<Row> = {}): Row => ({
  site: "prod",
  jobId: "TrainFlow-17-work-2-0-1dc4be867a",
  namespace: "default",
  flow: "TrainFlow",
  run: "17",
  step: "work",
  task: "2",
  attempt: "0",
  user: "ada",
  state: "running",
  node: "n1",
  submittedAt: 0,
  asked: { cpu: 500, memory: 512 },
  used: { cpu: 123.4, memory: 87.6 },
  ...over,
});
const view = { width: undefined, now: 62_000, sites: false };

describe("the table of jobs", () => {
  it("shows task, state, age, use, node, user and job", () => {
    const waiting = row({ attempt: "1", state: "waiting", node: "" });
    const { asked: _asked, used: _used, ...bare } = waiting;
    const { used: _, ...unknown } = row({ flow: "", user: "" });
    expect(table([row(), bare, unknown], view)).toEqual([
      "TASK                              STATE      AGE  CPU MHZ  MEMORY MB  NODE  USER  JOB",
      "TrainFlow/17/work/2               running  1m02s  123/500     88/512  n1    ada   TrainFlow-17-work-2-0-1dc4be867a",
      "TrainFlow/17/work/2 (attempt 1)   waiting  1m02s                            ada   TrainFlow-17-work-2-0-1dc4be867a",
      "TrainFlow-17-work-2-0-1dc4be867a  running  1m02s    ?/500      ?/512  n1          TrainFlow-17-work-2-0-1dc4be867a",
    ]);
  });

  it("shows what the workers of a pool have had, and below what that comes to", () => {
    const worker = (number: string, items?: number) =>
      row({ task: "pool", worker: { number, ...(items !== undefined && { items }) } });
    const rows = [row(), worker("1", 41), worker("2", 39), worker("3")];
    expect(table(rows, view).map((line) => line.slice(0, 42))).toEqual([
      "TASK                         STATE    ITEM",
      "TrainFlow/17/work/2          running      ",
      "TrainFlow/17/work, worker 1  running     4",
      "TrainFlow/17/work, worker 2  running     3",
      "TrainFlow/17/work, worker 3  running      ",
    ]);
    expect(poolLines(rows)).toEqual([
      "pool of TrainFlow/17/work: workers 3, items 80, 40.0 each, 98 % on a warm worker, of 1 unknown",
    ]);
    const elsewhere = { ...worker("1", 9), site: "other" };
    expect(poolLines([worker("1", 41), elsewhere], true)).toEqual([
      "pool of TrainFlow/17/work on prod: workers 1, items 41, 41.0 each, 98 % on a warm worker",
      "pool of TrainFlow/17/work on other: workers 1, items 9, 9.0 each, 89 % on a warm worker",
    ]);
    expect(poolLines([row()])).toEqual([]);
    expect(poolLines([worker("1", 0)])).toEqual(["pool of TrainFlow/17/work: workers 1, items 0"]);
  });

  it("names the site where several are shown", () => {
    expect(table([row()], { ...view, sites: true })[1]).toMatch(/^prod {2}TrainFlow/);
  });

  it.each([120, 90, 70, 60, 40, 20, 8])("fits %i columns", (width) => {
    const lines = table([row(), row({ task: "a-long-task-name-of-some-kind" })], { ...view, width, sites: true });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines).toHaveLength(3);
  });

  it("gives up whole columns before it cuts names", () => {
    expect(table([row()], { ...view, width: 40 })).toEqual([
      "TASK                 STATE      AGE",
      "TrainFlow/17/work/2  running  1m02s",
    ]);
    expect(table([row()], { ...view, width: 20 })[1]).toBe("TrainFlow/17/work/2…");
  });

  it.each([
    [-5, "0s"],
    [9_999, "9s"],
    [432_000, "7m12s"],
    [14_700_000, "4h05m"],
    [273_600_000, "3d4h"],
  ])("%i ms are %s", (milliseconds, text) => expect(ageOf(milliseconds)).toBe(text));
});
