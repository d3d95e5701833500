import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../../src/core/logs/split-lines.js";

describe("LineSplitter", () => {
  it("gives the same lines however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", ""))),
        fc.array(fc.nat(40)),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          const splitter = new LineSplitter();
          const seen: string[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            seen.push(...splitter.push(bytes.subarray(at, at + cut)).map((line) => Buffer.from(line).toString("utf8")));
            at += cut;
          }
          seen.push(...splitter.push(bytes.subarray(at)).map((line) => Buffer.from(line).toString("utf8")));
          expect(seen).toEqual(lines);
          expect(splitter.rest.length).toBe(0);
        },
      ),
    );
  });

  it("holds an unended line back and takes it up again", () => {
    const first = new LineSplitter();
    expect(first.push(Buffer.from("a\nbc"))).toHaveLength(1);
    const second = new LineSplitter(first.rest);
    expect(second.push(Buffer.from("d\n")).map(String)).toEqual([String(Buffer.from("bcd"))]);
  });
});
