import { describe, expect, it } from "vitest";
import { describeError, LauncherError } from "../../../src/core/errors/launcher-error.js";
import { plainText } from "../../../src/core/errors/plain-text.js";
import { tellProgress } from "../../../src/server/tell.js";

describe("text from elsewhere, on a terminal", () => {
  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m"],
    ["a title", "\u001b]0;owned\u0007", "\\x1b]0;owned\\x07"],
    ["a one-byte control sequence", "\u009b2J", "\\x9b2J"],
    ["a line written over", "all is well\rtrust me", "all is well\\x0dtrust me"],
    ["reversed text", "a\u202etxt.exe", "a\\u202etxt.exe"],
  ])("%s is written out", (_what, text, plain) => expect(plainText(text)).toBe(plain));

  it("stays as it is otherwise", () => {
    const text = "zwei Zeilen\n\tüñ 漢字 🎉 \u200d";
    expect(plainText(text)).toBe(text);
  });

  it("is so in errors, and in what is told of a launch", () => {
    const error = new LauncherError("NOMAD_E_API_REFUSED", { call: "PUT /jobs", status: 400, reason: "\u001b[2J" });
    expect(describeError(error)).toContain("\\x1b[2J");
    const waiting = { kind: "waiting", jobId: "j", reason: "\u001b[2Jno node", at: 0 } as const;
    expect(tellProgress(waiting)).toEqual(["Nomad job j waits for a node: \\x1b[2Jno node."]);
  });
});
