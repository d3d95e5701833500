import { describe, expect, it } from "vitest";
import {
  anything,
  block,
  blocks,
  type BlockSpec,
  duration,
  durationOf,
  flag,
  oneOf,
  readBlock,
  readBlocks,
  text,
  textMap,
  texts,
  whole,
} from "../../../src/core/blocks/index.js";
import type { JsonValue } from "../../../src/core/model/json.js";

const spec: BlockSpec = {
  name: text("Name", { required: true }),
  mode: oneOf("Mode", ["fail", "delay"]),
  max_file_size: whole("MaxFileSizeMB", { least: 1, most: 10, unit: "MB" }),
  attempts: whole("Attempts"),
  read_only: flag("ReadOnly"),
  delay: duration("Delay", { least: "5s" }),
  args: texts("Args"),
  headers: textMap("GetterHeaders"),
  wait: block("Wait", { min: duration("Min") }),
  target: blocks("SpreadTarget", { value: text("Value", { required: true }) }),
  config: anything("Config"),
};
const read = (value: JsonValue) => readBlock(spec, value, "thing");

/** The sentence and the cure of a refusal. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    expect(code).toBe("NOMAD_E_REQUEST_INVALID");
    return `${message} ${hint}`;
  }
  throw new Error("it was not refused");
}

describe("a block", () => {
  it("may be written with HCL's names", () => {
    const written = {
      name: "n",
      mode: "delay",
      max_file_size: 3,
      attempts: "2",
      read_only: true,
      delay: "1m30s",
      args: ["a", 7],
      headers: { "X-A": "b" },
      wait: { min: 2 },
      target: [{ value: "dc1" }],
      config: { any: [1, null] },
    };
    expect(read(written)).toEqual({
      Name: "n",
      Mode: "delay",
      MaxFileSizeMB: 3,
      Attempts: 2,
      ReadOnly: true,
      Delay: 90_000_000_000,
      Args: ["a", "7"],
      GetterHeaders: { "X-A": "b" },
      Wait: { Min: 2_000_000_000 },
      SpreadTarget: [{ Value: "dc1" }],
      Config: { any: [1, null] },
    });
  });

  it("may be written with Nomad's JSON names, or with dashes and capitals", () => {
    const written = { Name: "n", MaxFileSizeMB: 3, ReadOnly: "false", "Max-File-Size": null, Wait: { Min: "1s" } };
    expect(read(written)).toEqual({ Name: "n", MaxFileSizeMB: 3, ReadOnly: false, Wait: { Min: 1_000_000_000 } });
    expect(read({ "read-only": true, NAME: "n" })).toEqual({ Name: "n", ReadOnly: true });
  });

  it("alone counts as a list of one", () => {
    expect(read({ name: "n", args: "a", target: { value: "x" } })).toEqual({
      Name: "n",
      Args: ["a"],
      SpreadTarget: [{ Value: "x" }],
    });
    expect(readBlocks(spec, { name: "n" }, "things")).toEqual([{ Name: "n" }]);
    expect(readBlocks(spec, [{ name: "a" }, { name: "b" }], "things")).toHaveLength(2);
  });

  it.each<[JsonValue, string, string]>([
    [{ nmae: "n" }, 'thing: there is no key "nmae"', "Did you mean name?"],
    [{ name: "n", zzzzzzzz: 1 }, 'there is no key "zzzzzzzz"', "Its keys are name, mode"],
    [{ name: "n", GetterHeader: {} }, "no key", "Did you mean GetterHeaders?"],
    [{ name: "n", read_only: true, ReadOnly: true }, "thing.ReadOnly: it is there twice", "Keep one"],
    [{ mode: "fail" }, "thing: name is missing", "Its keys are"],
    [{ name: null }, "name is missing", ""],
    ["n", 'thing: "n" is not a dictionary', "names and values"],
    [[], "[] is not a dictionary", ""],
    [{ name: "" }, "thing.name: it is empty", "leave it out"],
    [{ name: true }, "true is not text", ""],
    [{ name: "n", mode: "never" }, 'thing.mode: "never" is none of Nomad\'s words', "Use fail, delay."],
    [{ name: "n", max_file_size: 11 }, "thing.max_file_size: 11", "whole number of MB, from 1 to 10"],
    [{ name: "n", attempts: -1 }, "-1 is not possible", "at least 0"],
    [{ name: "n", attempts: 1.5 }, "1.5 is not possible", "whole number"],
    [{ name: "n", attempts: "two" }, '"two" is not possible', ""],
    [{ name: "n", read_only: "yes" }, '"yes" is neither true nor false', "Write true or false."],
    [{ name: "n", delay: "4s" }, 'thing.delay: "4s" is too short', "Make it 5s or longer."],
    [{ name: "n", args: ["a", {}] }, "thing.args[1]: {} is not text", ""],
    [{ name: "n", headers: ["a"] }, 'thing.headers: ["a"] is not a dictionary', ""],
    [{ name: "n", headers: { a: null } }, "thing.headers.a: null is not text", ""],
    [{ name: "n", wait: { mni: "1s" } }, 'thing.wait: there is no key "mni"', "Did you mean min?"],
    [{ name: "n", target: [{ value: "a" }, {}] }, "thing.target[1]: value is missing", ""],
    [{ name: "n", target: {} }, "thing.target: value is missing", ""],
  ])("is refused by name: %j", (written, problem, cure) => {
    const said = refusal(() => read(written));
    expect(said).toContain(problem);
    expect(said).toContain(cure);
  });

  it("names its place in a list, and none where it stands alone", () => {
    expect(refusal(() => readBlocks(spec, [{ name: "a" }, {}], "things"))).toContain("things[1]: name is missing");
    expect(refusal(() => readBlocks(spec, {}, "things"))).toContain("things: name is missing");
  });
});

describe("a duration", () => {
  it.each<[JsonValue, number]>([
    ["90s", 90e9],
    ["1h30m", 5400e9],
    ["1.5s", 1.5e9],
    ["2d", 172_800e9],
    ["250ms", 250e6],
    ["1us", 1e3],
    ["7ns", 7],
    [3, 3e9],
    [0.5, 5e8],
    [0, 0],
  ])("%j is %d ns", (written, nanoseconds) => {
    expect(durationOf(written, "delay")).toBe(nanoseconds);
  });

  it.each<JsonValue>(["", "5", "5 s", "-5s", "s", "1y", -1, true, null, ["5s"], { s: 5 }])("is not %j", (written) => {
    expect(refusal(() => durationOf(written, "restart.delay"))).toMatch(/^restart\.delay: .* is no duration/);
  });
});
