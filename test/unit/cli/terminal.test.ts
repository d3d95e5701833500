import { describe, expect, it } from "vitest";
import { withEscape } from "../../../src/cli/terminal.js";

async function typed(...chunks: string[]): Promise<{ readonly passed: string; readonly left: boolean }> {
  let left = false;
  const keys = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const passed: Uint8Array[] = [];
  for await (const bytes of withEscape(keys(), () => (left = true))) passed.push(bytes);
  return { passed: Buffer.concat(passed).toString(), left };
}

describe("the escape of an interactive command", () => {
  it.each([
    ["at once", ["~."], "", true],
    ["after a line", ["ls\r~.rm -rf\r"], "ls\r", true],
    ["in two pieces", ["ls\n~", "."], "ls\n", true],
    ["not within a line", ["cd ~.\r"], "cd ~.\r", false],
    ["not when doubled, which is one", ["~~.\r"], "~.\r", false],
    ["not before another key", ["~user\ré"], "~user\ré", false],
  ])("%s", async (_name, chunks, passed, left) => {
    expect(await typed(...chunks)).toEqual({ passed, left });
  });
});
