import { describe, expect, it } from "vitest";
import { byJob } from "../../../src/core/watch/by-job.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { allocation } from "../../support/builders.js";

describe("byJob", () => {
  it("gives each job what is about it, and mentions those of which nothing is there", () => {
    const [a, b] = [allocation({ ID: "1", JobID: "a" }), allocation({ ID: "2", JobID: "b" })];
    const odd = new LauncherError("NOMAD_E_API_REPLY", { call: "GET", problem: "odd" });
    const complete = new Set(["a", "none"]);
    const seen = byJob({
      index: 7,
      allocations: [a, b],
      evaluations: [],
      complete,
      unreadable: new Map([["odd", odd]]),
    });
    expect([...seen.keys()].sort()).toEqual(["a", "b", "none", "odd"]);
    expect(seen.get("a")).toEqual({ index: 7, allocations: [a], evaluations: [], complete: new Set(["a"]) });
    expect(seen.get("b")).toEqual({ index: 7, allocations: [b], evaluations: [] });
    expect(seen.get("none")).toEqual({ index: 7, allocations: [], evaluations: [], complete: new Set(["none"]) });
  });
});
