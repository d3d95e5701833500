import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { framesIn } from "../../../src/server/frames.js";
import { TaskOutput } from "../../../src/server/task-output.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";

async function setUp(resume?: { token: string; stdout: string; stderr: string }) {
  const folder = await mkdtemp(join(tmpdir(), "output-"));
  const files = resume ?? { stdout: join(folder, "a/0.task_stdout.log"), stderr: join(folder, "a/0.task_stderr.log") };
  const frames: { type: string; text: string }[] = [];
  const pieces: string[] = [];
  const send = async (bytes: Uint8Array) => {
    const sent = [...framesIn(bytes)].map(({ type, payload }) => ({ type, text: Buffer.from(payload).toString() }));
    frames.push(...sent);
    pieces.push(sent.map(({ type }) => type).join(""));
  };
  const output = new TaskOutput(
    send,
    new ManualClock(0),
    { stdout: files.stdout, stderr: files.stderr },
    resume?.token,
  );
  return { output, frames, pieces, files };
}

const bare = (text: string) => text.replaceAll(/\[MFLOG\|0\|1970-01-01T00:00:00\.000000Z\|task\|[^\]]+\]/g, "#");

describe("TaskOutput", () => {
  it("gives whole lines to the client and the same to Metaflow's log files", async () => {
    const { output, frames, pieces, files } = await setUp();
    await output.write("stdout", Buffer.from("one\ntw"), [[0, 6]]);
    await output.write("stderr", Buffer.from("oops\n"), [[0, 5]]);
    await output.write("stdout", Buffer.from("o\nrest"), [[0, 12]]);
    await output.end();
    await output[Symbol.asyncDispose]();
    const shown = frames.filter(({ type }) => type !== "r").map(({ type, text }) => `${type} ${bare(text)}`);
    expect(shown).toEqual(["o #one\n", "e #oops\n", "o #two\n", "o #rest\n"]);
    // A host that is killed between a line and where to go on would have the next one show it again.
    expect(pieces).toEqual(["or", "er", "or", "o"]);
    expect(bare(await readFile(files.stdout, "utf8"))).toBe("#one\n#two\n#rest\n");
    expect(bare(await readFile(files.stderr, "utf8"))).toBe("#oops\n");
  });

  it("does not hold a line without an end, and shows it as one line", async () => {
    const { output, frames, files } = await setUp();
    const chunk = Buffer.alloc(64 * 1024, "a");
    for (let at = 1; at <= 40; at += 1) await output.write("stdout", chunk, [[0, at * chunk.length]]);
    const shown = () => frames.filter(({ type }) => type === "o").map(({ text }) => text.length);
    // All but the last pieces are out already, some at a time.
    expect(shown().reduce((sum, length) => sum + length, 0)).toBeGreaterThan(35 * chunk.length);
    expect(Math.max(...shown())).toBeLessThan(6 * chunk.length);
    await output.write("stdout", Buffer.from("end\nnext\n"), [[0, 0]]);
    await output[Symbol.asyncDispose]();
    const long = `${"a".repeat(40 * chunk.length)}end`;
    expect(bare(await readFile(files.stdout, "utf8")) === `#${long}\n#next\n`).toBe(true);
  });

  it("goes on within such a line in another host, and ends it when nothing more comes", async () => {
    const first = await setUp();
    const long = "b".repeat(300 * 1024);
    await first.output.write("stdout", Buffer.from(long), [[0, long.length]]);
    await first.output[Symbol.asyncDispose]();
    const token = first.frames.findLast(({ type }) => type === "r")!.text;
    const second = await setUp({ token, ...first.files });
    expect(second.output.resumeFrom.stdout).toEqual([[0, long.length]]);
    await second.output.write("stdout", Buffer.from("c"), [[0, long.length + 1]]);
    await second.output.end();
    await second.output[Symbol.asyncDispose]();
    expect(bare(await readFile(first.files.stdout, "utf8")) === `#${long}c\n`).toBe(true);
  });

  it("goes on exactly where the last shown line ended, in the file too", async () => {
    const first = await setUp();
    await first.output.write("stdout", Buffer.from("one\ntw"), [[0, 6]]);
    const token = first.frames.findLast(({ type }) => type === "r")!.text;
    // This line reached the file, and the host died before its client had the token that follows it.
    await first.output.write("stdout", Buffer.from("o\nthree\n"), [[0, 14]]);
    await first.output[Symbol.asyncDispose]();
    const second = await setUp({ token, ...first.files });
    expect(second.output.resumeFrom.stdout).toEqual([[0, 6]]);
    await second.output.write("stdout", Buffer.from("o\nthree\n"), [[0, 14]]);
    await second.output[Symbol.asyncDispose]();
    expect(bare(await readFile(first.files.stdout, "utf8"))).toBe("#one\n#two\n#three\n");
    expect(second.frames.filter(({ type }) => type === "o").map(({ text }) => bare(text))).toEqual(["#two\n#three\n"]);
  });

  it("numbers the lines of one moment so that Metaflow, which sorts them as text, keeps their order", async () => {
    const { output, files } = await setUp();
    const text = Array.from({ length: 2_000 }, (_, number) => `line ${number}\n`).join("");
    await output.write("stdout", Buffer.from(text), [[0, text.length]]);
    await output[Symbol.asyncDispose]();
    const stored = (await readFile(files.stdout, "utf8")).split("\n").slice(0, -1);
    expect(stored.toSorted()).toEqual(stored);
  });

  it("leaves a file of its own even where nothing was printed", async () => {
    const { output, files } = await setUp();
    await output[Symbol.asyncDispose]();
    expect(await readFile(files.stderr, "utf8")).toBe("");
  });
});
