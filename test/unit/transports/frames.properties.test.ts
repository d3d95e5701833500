import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { LogFrameReader } from "../../../src/core/logs/log-frames.js";
import { readExecFrame } from "../../../src/transports/exec-frames.js";
import { readEventLine, splitLines } from "../../../src/transports/watchers/event-lines.js";
import { cutsOf, delivered } from "../../support/cuts.js";

const texts = fc.string({ unit: "grapheme" });
/** Lines of the event stream: heartbeats, events of our jobs and of others, with any text inside. */
const eventLine = fc.oneof(
  fc.constant("{}"),
  fc
    .tuple(fc.nat(), fc.constantFrom("ours", "other", 'odd "name"', "é"), texts)
    .map(([Index, JobID, Reason]) =>
      JSON.stringify({ Index, Events: [{ Topic: "Allocation", Payload: { Allocation: { JobID, Reason } } }] }),
    ),
);
const logFrame = fc.oneof(
  fc.constant({}),
  fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(30), fc.nat()).map(([bytes, file, Offset]) => ({
    File: `alloc/logs/main.stdout.${String(file)}`,
    Offset,
    Data: Buffer.from(bytes).toString("base64"),
  })),
);

const withCuts = (text: fc.Arbitrary<string>) =>
  text.chain((whole) => fc.tuple(fc.constant(whole), cutsOf(Buffer.from(whole))));

const onlyCoded = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(LauncherError);
  }
};

describe("event lines", () => {
  const read = async (pieces: readonly Uint8Array[]) => {
    const found = [];
    for await (const line of splitLines(delivered(pieces)))
      found.push(readEventLine(line, (id) => id === "ours", "http://x"));
    return found;
  };

  it("are the same however the bytes are cut", async () => {
    const stream = fc.array(eventLine).map((lines) => lines.map((line) => `${line}\n`).join(""));
    await fc.assert(
      fc.asyncProperty(withCuts(stream), async ([whole, pieces]) => {
        expect(await read(pieces)).toEqual(await read([Buffer.from(whole)]));
      }),
    );
  });

  it("throw coded errors only, whatever comes", () => {
    const anything = fc.oneof(
      texts,
      fc.json(),
      fc.json().map((json) => `{"JobID":"ours","Events":${json}}`),
    );
    fc.assert(fc.property(anything, (line) => onlyCoded(() => readEventLine(line, () => true, "http://x"))));
  });
});

describe("log frames", () => {
  const read = (pieces: readonly Uint8Array[]) => {
    const reader = new LogFrameReader();
    return pieces.flatMap((piece) => [...reader.push(piece)]);
  };

  it("are the same however the bytes are cut", () => {
    const stream = fc.array(logFrame).map((frames) => frames.map((frame) => JSON.stringify(frame)).join(""));
    fc.assert(
      fc.property(withCuts(stream), ([whole, pieces]) => {
        expect(read(pieces)).toEqual(read([Buffer.from(whole)]));
      }),
    );
  });

  it("throw coded errors only, whatever comes", () => {
    fc.assert(
      fc.property(fc.oneof(withCuts(texts), withCuts(fc.json())), ([, pieces]) => onlyCoded(() => read(pieces))),
    );
  });
});

describe("frames of a command", () => {
  it("bring every byte, of either stream", () => {
    fc.assert(
      fc.property(fc.constantFrom("stdout", "stderr"), fc.uint8Array(), (stream, bytes) => {
        const text = JSON.stringify({ [stream]: { data: Buffer.from(bytes).toString("base64") } });
        expect(Buffer.from(readExecFrame(text, "GET /x")[stream] ?? []).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it("throw coded errors only, whatever comes", () => {
    const keys = fc.constantFrom("stdout", "stderr", "exited", "result", "data", "exit_code", "__proto__");
    const odd = fc.dictionary(keys, fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue())));
    fc.assert(fc.property(odd, (value) => onlyCoded(() => readExecFrame(JSON.stringify(value), "GET /x"))));
    fc.assert(fc.property(texts, (text) => onlyCoded(() => readExecFrame(text, "GET /x"))));
  });
});
