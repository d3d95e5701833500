import type { Socket } from "node:net";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Connection } from "../../../src/server/connection.js";
import { cutsOf } from "../../support/cuts.js";

const over = (pieces: Iterable<Uint8Array>) => new Connection(Readable.from(pieces) as unknown as Socket);

async function linesOf(connection: Connection): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await connection.line(); line !== undefined; line = await connection.line()) lines.push(line);
  return lines;
}

describe("the lines of a connection to the host", () => {
  it("are the same however the bytes are cut", async () => {
    const lines = fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", "")));
    const sent = lines.chain((all) => {
      const bytes = Buffer.from(all.map((line) => `${line}\n`).join(""));
      return fc.tuple(fc.constant(all), cutsOf(bytes));
    });
    await fc.assert(
      fc.asyncProperty(sent, async ([all, pieces]) => {
        expect(await linesOf(over(pieces.filter(({ length }) => length > 0)))).toEqual(all);
      }),
    );
  });

  it("are refused when one has no end", async () => {
    let sent = 0;
    const endless = function* () {
      for (; sent < 10 * 1024 ** 3; sent += 65_536) yield Buffer.alloc(65_536, "a");
    };
    await expect(over(endless()).line()).rejects.toThrow("a line of the protocol is too long");
    expect(sent).toBeLessThan(4 * 1024 ** 2);
  });
});
