import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { readAllocation } from "../../../src/transports/read-allocation.js";
import { readEvaluation } from "../../../src/transports/read-evaluation.js";
import { splitLines } from "../../../src/transports/watchers/event-lines.js";
import { jobFilters } from "../../../src/transports/watchers/list-jobs.js";
import { fuzz } from "../../support/fuzz.js";

const raw = {
  ID: "a",
  JobID: "j",
  Namespace: "default",
  EvalID: "e",
  NodeID: "n",
  NodeName: "node",
  TaskGroup: "main",
  ClientStatus: "failed",
  ClientDescription: "Failed tasks",
  DesiredStatus: "run",
  DesiredTransition: { Migrate: null, Reschedule: null },
  PreviousAllocation: "",
  CreateIndex: 1,
  ModifyIndex: 2,
  CreateTime: 3,
  ModifyTime: 4,
  AllocatedResources: { large: true },
  TaskStates: {
    main: {
      State: "dead",
      Failed: true,
      Restarts: 0,
      StartedAt: "2026-11-21T02:05:31Z",
      FinishedAt: null,
      Paused: "",
      Events: [
        {
          Type: "Terminated",
          Time: 5,
          ExitCode: 3,
          Signal: 0,
          Message: "",
          Details: { exit_code: "3", oom_killed: "false" },
        },
      ],
    },
  },
};

describe("readAllocation", () => {
  it("keeps what the model knows and drops what is empty", () => {
    const { AllocatedResources, PreviousAllocation, ...kept } = raw;
    expect([AllocatedResources, PreviousAllocation]).toEqual([{ large: true }, ""]);
    expect(readAllocation(raw, "GET /x")).toEqual({
      ...kept,
      DesiredTransition: { Migrate: false, Reschedule: false },
      TaskStates: {
        main: {
          State: "dead",
          Failed: true,
          Restarts: 0,
          StartedAt: "2026-11-21T02:05:31Z",
          Events: [
            { Type: "Terminated", Time: 5, ExitCode: 3, Signal: 0, Details: { exit_code: "3", oom_killed: "false" } },
          ],
        },
      },
    });
  });

  it("takes null for nothing", () => {
    expect(readAllocation({ ...raw, TaskStates: null, DesiredTransition: null }, "GET /x").TaskStates).toBeUndefined();
  });

  it.each([
    [{ ClientStatus: "dancing" }, /allocation\.ClientStatus is "dancing"/],
    [{ ID: 7 }, /allocation\.ID is a number, not a string/],
    [{ ModifyIndex: "2" }, /allocation\.ModifyIndex is a string/],
    [{ TaskStates: [] }, /TaskStates is a list, not an object/],
    [{ TaskStates: { main: { State: "dead" } } }, /state of task main\.Failed is missing/],
    [{ TaskStates: { main: { State: "dead", Failed: true, Events: [7] } } }, /event of task main is a number/],
  ])("refuses %j", (change, message) => {
    expect(() => readAllocation({ ...raw, ...change }, "GET /x")).toThrow(message);
  });

  it("throws coded errors only, whatever comes", () => {
    const check = (value: unknown) => {
      try {
        readAllocation(value, "GET /x");
      } catch (error) {
        expect(error).toBeInstanceOf(LauncherError);
      }
    };
    fc.assert(fc.property(fc.anything(), check), fuzz(1_000));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(raw)), fc.anything(), (key, value) => check({ ...raw, [key]: value })),
      fuzz(2_000),
    );
  });
});

describe("readEvaluation", () => {
  const evaluation = { ID: "e", JobID: "j", Namespace: "default", Status: "complete", ModifyIndex: 1, CreateIndex: 1 };

  it("keeps why a group could not be placed", () => {
    const main = {
      NodesEvaluated: 2,
      ConstraintFiltered: { "missing drivers": 2 },
      ClassFiltered: null,
      QuotaExhausted: null,
      ScoreMetaData: null,
    };
    const read = readEvaluation({ ...evaluation, BlockedEval: "b", NextEval: "", FailedTGAllocs: { main } }, "GET /x");
    const expected = { main: { NodesEvaluated: 2, ConstraintFiltered: { "missing drivers": 2 } } };
    expect(read).toEqual({ ...evaluation, BlockedEval: "b", FailedTGAllocs: expected });
  });

  it("refuses an unknown status", () => {
    expect(() => readEvaluation({ ...evaluation, Status: "odd" }, "GET /x")).toThrow(/evaluation\.Status/);
  });
});

describe("splitLines", () => {
  it("gives the same lines however the bytes are cut", async () => {
    const lines = fc.array(fc.string({ unit: "grapheme" }).map((text) => `"${text.replaceAll("\n", "")}"`));
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 7 }), async (texts, size) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
        const chunks = (async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        })();
        const got: string[] = [];
        for await (const line of splitLines(chunks)) got.push(line);
        expect(got).toEqual([...texts, ""]);
      }),
    );
  });
});

describe("jobFilters", () => {
  it("match exactly the jobs asked for, within the length of a URL", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, unit: "binary" }), { maxLength: 40 }),
        fc.string(),
        (ids, other) => {
          const filters = jobFilters(ids);
          const patterns = filters.map(
            (filter) => new RegExp(/^JobID matches `(.*)`$/.exec(filter)?.[1]?.replaceAll("\\x{", "\\u{") ?? "", "u"),
          );
          const matches = (id: string) => patterns.some((pattern) => pattern.test(id));
          for (const id of ids) expect(matches(id)).toBe(true);
          expect(matches(other)).toBe(ids.includes(other));
          for (const filter of filters) expect(filter.length).toBeLessThan(6_000);
        },
      ),
    );
  });
});
