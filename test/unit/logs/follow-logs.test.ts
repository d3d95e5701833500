import { describe, expect, it } from "vitest";
import type { LogMark, LogSink, LogStream } from "../../../src/core/contracts/log-sink.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { ConnectionBudget } from "../../../src/core/logs/connection-budget.js";
import { followLogs } from "../../../src/core/logs/follow-logs.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { fakeTransport } from "../../support/fake-transport.js";
import { silentLogger } from "../../support/silent-logger.js";

/** Log files of one stream, as Nomad keeps them on disk: oldest first. */
class FakeLog {
  files: { index: number; text: string }[] = [{ index: 0, text: "" }];

  /** What `/v1/client/fs/logs` answers for an offset counted from the oldest file. */
  *frames(offset: number): Generator<Uint8Array> {
    // Nomad counts these from the end.
    if (offset < 0) throw new Error(`offset ${String(offset)}`);
    let skip = offset;
    for (const { index, text } of this.files) {
      const rest = text.slice(Math.min(skip, text.length));
      const from = text.length - rest.length;
      skip = Math.max(0, skip - text.length);
      if (rest === "") continue;
      const File = `alloc/logs/main.stdout.${index}`;
      yield Buffer.from(
        JSON.stringify({ File, Offset: from + rest.length, Data: Buffer.from(rest).toString("base64") }),
      );
    }
  }
}

class Collected implements LogSink {
  readonly text: Record<LogStream, string> = { stdout: "", stderr: "" };
  marks: LogMark[] = [];
  ended = false;
  constructor(readonly resumeFrom: NonNullable<LogSink["resumeFrom"]> = {}) {}
  write(stream: LogStream, bytes: Uint8Array, mark: LogMark) {
    this.text[stream] += Buffer.from(bytes).toString();
    this.marks.push(mark);
  }
  end() {
    this.ended = true;
  }
  async [Symbol.asyncDispose]() {}
}

function setUp(log: FakeLog, sink: Collected, fail: (call: number) => unknown = () => undefined) {
  let calls = 0;
  const transport = fakeTransport({
    async *stream({ query }) {
      calls += 1;
      const error = fail(calls);
      if (error !== undefined) throw error as Error;
      if (query?.["type"] === "stdout") yield* log.frames(Number(query["offset"]));
    },
  });
  const clock = new ManualClock();
  const losses: string[] = [];
  const parts = { transport, clock, logger: silentLogger, budget: new ConnectionBudget(2, clock) };
  const over = new AbortController();
  const task = {
    allocationId: "a",
    task: "main",
    namespace: "default",
    fileBytes: 100_000,
    sink,
    ended: over.signal,
    quietMs: 0,
    onLoss: (why: string) => void losses.push(why),
  };
  const done = followLogs(task, parts, AbortSignal.any([]));
  return { clock, over, done, losses, transport };
}

describe("followLogs", () => {
  it("delivers each byte once over many turns and ends after the drain", async () => {
    const [log, sink] = [new FakeLog(), new Collected()];
    const { clock, over, done } = setUp(log, sink);
    let expected = "";
    for (let line = 0; line < 20; line += 1) {
      log.files.at(-1)!.text += `line ${line}\n`;
      expected += `line ${line}\n`;
      await clock.advance(700);
    }
    log.files.at(-1)!.text += "last words";
    over.abort();
    await clock.advance(1_000);
    await done;
    expect(sink.text.stdout).toBe(`${expected}last words`);
    expect(sink.ended).toBe(true);
  });

  it("goes on across rotation, also when the oldest files are gone", async () => {
    const [log, sink] = [new FakeLog(), new Collected()];
    const { clock, over, done, losses } = setUp(log, sink);
    let expected = "";
    for (let file = 0; file < 6; file += 1) {
      const text = `${"x".repeat(70_000)} file ${file}\n`;
      log.files.at(-1)!.text += text;
      expected += text;
      await clock.advance(5_000);
      log.files.push({ index: file + 1, text: "" });
      if (log.files.length > 3) log.files.shift();
    }
    over.abort();
    await clock.advance(1_000);
    await done;
    expect(sink.text.stdout === expected).toBe(true);
    expect(losses).toEqual([]);
  });

  it("goes on in the next file when the one it was reading is gone", async () => {
    const [log, sink] = [new FakeLog(), new Collected()];
    const { clock, over, done, losses } = setUp(log, sink);
    log.files.at(-1)!.text += "first\n";
    await clock.advance(5_000);
    log.files = [{ index: 1, text: "second\n" }];
    await clock.advance(5_000);
    log.files.at(-1)!.text += "third\n";
    over.abort();
    await clock.advance(1_000);
    await done;
    expect(sink.text.stdout).toBe("first\nsecond\nthird\n");
    expect(losses).toEqual([expect.stringContaining("99,994 bytes")]);
  });

  it("says so when lines were rotated away unread", async () => {
    const log = new FakeLog();
    log.files = [{ index: 4, text: "four\n" }];
    const sink = new Collected({ stdout: [[0, 100]] });
    const { clock, over, done, losses } = setUp(log, sink);
    over.abort();
    await clock.advance(5_000);
    await done;
    expect(sink.text.stdout).toBe("four\n");
    expect(losses).toEqual([expect.stringContaining("stdout: Nomad rotated up to 399,900 bytes away")]);
  });

  it("says so when the first files were gone before anything was read", async () => {
    const [log, sink] = [new FakeLog(), new Collected()];
    log.files = [{ index: 2, text: "two\n" }];
    const { clock, over, done, losses } = setUp(log, sink);
    over.abort();
    await clock.advance(5_000);
    await done;
    expect(sink.text.stdout).toBe("two\n");
    expect(losses).toEqual([expect.stringContaining("up to 200,000 bytes")]);
  });

  it("sums what a log loses that overflows all the time, and tells of all of it", async () => {
    const [log, sink] = [new FakeLog(), new Collected()];
    const { clock, over, done, losses } = setUp(log, sink);
    log.files = [{ index: 0, text: "0\n" }];
    await clock.advance(6_000);
    for (let file = 3; file <= 60; file += 3) {
      log.files = [{ index: file, text: `${file}\n` }];
      await clock.advance(6_000);
    }
    over.abort();
    await clock.advance(5_000);
    await done;
    const told = losses.map((text) => Number(/up to ([\d,]+) bytes/.exec(text)?.[1]?.replaceAll(",", "")));
    // Of each file what was read is not lost.
    const read = sink.text.stdout.length - "60\n".length;
    expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBe(60 * 100_000 - read);
    expect(losses.length).toBeLessThan(15);
    expect(sink.text.stdout).toBe(Array.from({ length: 21 }, (_, turn) => `${turn * 3}\n`).join(""));
  });

  it("looks with one request each time", async () => {
    const [log, sink] = [new FakeLog(), new Collected()];
    const { clock, over, done, transport } = setUp(log, sink);
    log.files[0]!.text = "line\n";
    await clock.advance(60_000);
    const before = transport.calls.length;
    over.abort();
    await clock.advance(1_000);
    await done;
    expect(transport.calls.length - before).toBe(2);
  });

  it("resumes where an earlier reader left off", async () => {
    const log = new FakeLog();
    log.files[0]!.text = "seen\nnew\n";
    const sink = new Collected({ stdout: [[0, 5]] });
    const { clock, over, done } = setUp(log, sink);
    over.abort();
    await clock.advance(1_000);
    await done;
    expect(sink.text.stdout).toBe("new\n");
  });

  it("waits for as long as it takes while the task runs", async () => {
    const broken = new LauncherError("NOMAD_E_TRANSPORT_BROKEN", { address: "x", call: "GET", reason: "reset" });
    const log = new FakeLog();
    log.files[0]!.text = "still there\n";
    const sink = new Collected();
    const { clock, over, losses, done } = setUp(log, sink, (call) => (call < 40 ? broken : undefined));
    for (let second = 0; second < 200; second += 1) await clock.advance(1_000);
    over.abort();
    await clock.advance(5_000);
    await done;
    expect(losses).toEqual([]);
    expect(sink.text.stdout).toBe("still there\n");
  });

  it("tries a broken read again, and gives up with a reason when it stays broken", async () => {
    const broken = new LauncherError("NOMAD_E_TRANSPORT_BROKEN", { address: "x", call: "GET", reason: "reset" });
    const log = new FakeLog();
    log.files[0]!.text = "late\n";
    const sink = new Collected();
    const passing = setUp(log, sink, (call) => (call < 3 ? broken : undefined));
    passing.over.abort();
    await passing.clock.advance(20_000);
    await passing.done;
    expect(sink.text.stdout).toBe("late\n");
    const lost = setUp(log, new Collected(), () => broken);
    lost.over.abort();
    await lost.clock.advance(60_000);
    await lost.done;
    expect(lost.losses).toHaveLength(2);
    expect(lost.losses[0]).toContain("broke during GET");
  });

  it("is not ended by a refusal that comes later: the token may be on its way", async () => {
    const refused = new LauncherError("NOMAD_E_API_BAD_TOKEN", { origin: "a file", site: "lab" });
    const log = new FakeLog();
    log.files[0]!.text = "before\n";
    const sink = new Collected();
    const { clock, over, losses, done } = setUp(log, sink, (call) => (call > 10 && call < 40 ? refused : undefined));
    await clock.advance(60_000);
    log.files[0]!.text += "after\n";
    await clock.advance(900_000);
    over.abort();
    await clock.advance(5_000);
    await done;
    expect([sink.text.stdout, losses]).toEqual(["before\nafter\n", []]);
  });

  it("is ended at once, with the reason, by a token that may read no logs at all", async () => {
    const refused = new LauncherError("NOMAD_E_API_FORBIDDEN", { call: "GET /client/fs/logs/a", origin: "a file" });
    const { clock, losses, transport, over, done } = setUp(new FakeLog(), new Collected(), () => refused);
    await clock.advance(60_000);
    expect([losses.length, transport.calls.length]).toEqual([2, 2]);
    over.abort();
    await clock.advance(1_000);
    await done;
  });

  it("forgives an outage while the task ran, when it comes to the last lines", async () => {
    const broken = new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { address: "x", reason: "x", site: "lab" });
    const log = new FakeLog();
    log.files[0]!.text = "last\n";
    const sink = new Collected();
    let ended = false;
    let later = 0;
    // The first few reads after the end fail too.
    const fail = () => (ended && (later += 1) > 6 ? undefined : broken);
    const { clock, over, losses, done } = setUp(log, sink, fail);
    await clock.advance(600_000);
    ended = true;
    over.abort();
    await clock.advance(60_000);
    await done;
    expect([sink.text.stdout, losses]).toEqual(["last\n", []]);
  });

  it("goes on in turns when its connection is needed elsewhere", async () => {
    const log = new FakeLog();
    log.files[0]!.text = "first\n";
    const sink = new Collected();
    let open = 0;
    const transport = fakeTransport({
      async *stream({ query }, signal) {
        if (query?.["type"] === "stdout") yield* log.frames(Number(query["offset"]));
        if (query?.["follow"] !== true) return;
        open += 1;
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      },
    });
    const clock = new ManualClock();
    const [budget, over] = [new ConnectionBudget(2, clock), new AbortController()];
    const losses: string[] = [];
    const parts = { transport, clock, logger: silentLogger, budget };
    const where = { allocationId: "a", task: "main", namespace: "default", fileBytes: 100_000, quietMs: 0 };
    const task = { ...where, sink, ended: over.signal, onLoss: (reason: string) => losses.push(reason) };
    const done = followLogs(task, parts, new AbortController().signal);
    await clock.advance(1_000);
    expect(open).toBe(1);
    budget.resize(0);
    log.files[0]!.text += "second\n";
    await clock.advance(5_000);
    expect([open, sink.text.stdout, losses]).toEqual([1, "first\nsecond\n", []]);
    over.abort();
    await clock.advance(1_000);
    await done;
  });
});
