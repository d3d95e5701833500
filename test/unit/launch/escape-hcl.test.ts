import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeHcl, escapeHclDeep } from "../../../src/core/launch/escape-hcl.js";

describe("escapeHcl", () => {
  it.each([
    ["plain $X $(x) ${ %", "plain $X $(x) $${ %"],
    ["", ""],
    ["${T:0:26}", "$${T:0:26}"],
    ["%{if}", "%%{if}"],
    ["a${b}c%{d}", "a$${b}c%%{d}"],
    ["$${x}", '${"\\u0024\\u0024{x}"}'],
    ['%${"\\\n', '${"\\u0025\\u0024{\\"\\\\\\u000a"}'],
    ["\uFEFFbom", '${"\\ufeffbom"}'],
    ["a\uFEFF", "a\uFEFF"],
    ["\r${x}", "\r$${x}"],
  ])("%j becomes %j", (text, escaped) => expect(escapeHcl(text)).toBe(escaped));

  it.each([
    ["a\0b", "NUL"],
    ["\ud800", "surrogate"],
    ["e\u0301", "NFC"],
  ])("refuses %j", (text, word) =>
    expect(() => escapeHcl(text, "argument 3")).toThrow(new RegExp(`^argument 3: .*${word}`)),
  );

  it("leaves no way to open a template, whatever the text", () => {
    const unit = fc.constantFrom("$", "%", "{", "}", '"', "\\", "\r", "\n", "\uFEFF", "a", "é");
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const escaped = escapeHcl(text);
        const whole = /^\$\{"((?:[^"\\$%]|\\.)*)"\}$/.exec(escaped);
        const opener = /(?<![$%])[$%]\{/;
        expect(whole !== null || !opener.test(escaped)).toBe(true);
      }),
    );
  });

  it("goes through values, keys included", () => {
    expect(escapeHclDeep({ labels: [{ "${a}": "%{b}" }], n: 1, b: true, z: null })).toEqual({
      labels: [{ "$${a}": "%%{b}" }],
      n: 1,
      b: true,
      z: null,
    });
  });
});
