import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogFrameReader } from "../../../src/core/logs/log-frames.js";

const frame = (text: string) =>
  JSON.stringify({ File: "alloc/logs/main.stdout.2", Offset: 5, Data: Buffer.from(text).toString("base64") });

describe("LogFrameReader", () => {
  it("reads frames that run together, with heartbeats, cut anywhere", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), fc.array(fc.nat(30)), (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `{}${frame(text)}`).join(""));
        const reader = new LogFrameReader();
        const seen: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          for (const { data, fileIndex } of reader.push(bytes.subarray(at, at + cut))) {
            if (fileIndex !== undefined) seen.push(Buffer.from(data).toString("utf8"));
          }
          at += cut;
        }
        expect(seen.join("")).toBe(texts.join(""));
      }),
    );
  });

  it("tells the file and the event", () => {
    const [found] = [
      ...new LogFrameReader().push(Buffer.from('{"File":"a.stderr.7","FileEvent":"file deleted","Offset":3}')),
    ];
    expect(found).toMatchObject({ fileIndex: 7, event: "file deleted" });
  });

  it.each(["<html>}", "<html>", "{]}", "no leader"])("refuses what is no frame: %s", (text) => {
    const read = () => [...new LogFrameReader().push(Buffer.from(text))];
    expect(read).toThrow("not a log frame");
    expect(read).toThrow(expect.objectContaining({ code: "NOMAD_E_API_REPLY" }));
  });

  it("does not gather a frame that never ends", () => {
    const reader = new LogFrameReader();
    const chunk = Buffer.alloc(64 * 1024, "a");
    let fed = 0;
    const feed = () => {
      for (const _frame of reader.push(Buffer.from('{"Data":"'))) throw new Error("no frame is complete");
      for (; fed < 10 * 1024 ** 3; fed += chunk.length) for (const _frame of reader.push(chunk)) break;
    };
    expect(feed).toThrow("a frame has no end");
    expect(fed).toBeLessThan(8 * 1024 * 1024);
  });
});
