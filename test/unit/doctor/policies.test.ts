import { describe, expect, it } from "vitest";
import { matches } from "../../../src/core/survey/matches.js";
import { allows } from "../../../src/core/survey/read-policies.js";

const rules = (found: Record<string, string[]>) =>
  new Map(Object.entries(found).map(([name, can]) => [name, new Set(can)]));

describe("rules of namespaces", () => {
  it("count by exact name, else by the nearest pattern", () => {
    const found = rules({ "*": ["read-job"], "ml-*": ["read-logs"], "ml-prod": ["alloc-exec"] });
    expect(allows(found, "other", ["read-job"])).toBe(true);
    expect(allows(found, "ml-dev", ["read-logs"])).toBe(true);
    expect(allows(found, "ml-dev", ["read-job"])).toBe(false);
    expect(allows(found, "ml-prod", ["read-logs", "alloc-exec"])).toBe(true);
    expect(allows(found, "ml-prod", ["read-logs"])).toBe(false);
  });

  it("that deny go before all else, and no rule allows nothing", () => {
    expect(allows(rules({ a: ["deny", "read-logs"] }), "a", ["read-logs"])).toBe(false);
    expect(allows(rules({ b: ["read-logs"] }), "a", ["read-logs"])).toBe(false);
  });

  it("take a dot for a dot", () => {
    expect(matches("a.b*", "a.bc")).toBe(true);
    expect(matches("a.b*", "axbc")).toBe(false);
  });
});
