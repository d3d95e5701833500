import { describe, expect, it } from "vitest";
import type { LogMark, LogSink } from "../../../../src/core/contracts/log-sink.js";
import type { ApiCall } from "../../../../src/core/contracts/transport.js";
import type { Placement } from "../../../../src/core/model/progress.js";
import { readRest } from "../../../../src/server/pool/read-rest.js";
import { fakeTransport } from "../../../support/fake-transport.js";
import { composeDraft } from "../../../support/compose.js";
import { Flight } from "../../../../src/server/pool/item.js";
import { itemOutcome } from "../../../../src/server/pool/item-outcome.js";
import { Outbox } from "../../../../src/server/pool/outbox.js";
import { Queue } from "../../../../src/server/pool/queue.js";
import { WorkerOutput } from "../../../../src/server/pool/worker-output.js";

function keeping(): LogSink & { readonly text: string; readonly marks: LogMark[] } {
  const kept: string[] = [];
  const marks: LogMark[] = [];
  return {
    marks,
    get text() {
      return kept.join("");
    },
    write: (_stream, bytes, mark) => {
      kept.push(Buffer.from(bytes).toString());
      marks.push(mark);
    },
    end: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const never = new AbortController().signal;
const began = { at: 1, number: 1 };

describe("Flight", () => {
  const flight = () => {
    const sink = keeping();
    return { sink, flight: new Flight({ name: "work-1-0", words: [], sink, report: () => undefined, signal: never }) };
  };

  it("takes each byte once, also when a session that was cut says some of them again", async () => {
    const { sink, flight: one } = flight();
    await one.take("stdout", 0, Buffer.from("first "));
    await one.take("stdout", 0, Buffer.from("first second "));
    await one.take("stdout", 6, Buffer.from("second "));
    await one.take("stdout", 13, Buffer.from("third"));
    expect(sink.text).toBe("first second third");
    expect(sink.marks.at(-1)).toEqual([[0, 18]]);
    expect(one.offsets).toEqual({ stdout: 18, stderr: 0 });
  });

  it("refuses to go on over a gap", async () => {
    const { flight: one } = flight();
    await expect(one.take("stderr", 4, Buffer.from("x"))).rejects.toThrow("missing before byte 4");
    await one.take("stderr", 0, Buffer.from("whole"));
    expect(one.offsets.stderr).toBe(5);
  });

  it("takes one piece after the other, and the end last, though a session that was cut still writes", async () => {
    const slow = Promise.withResolvers<undefined>();
    const written: string[] = [];
    const sink: LogSink = {
      write: async (_stream, bytes) => {
        if (written.length === 0) await slow.promise;
        written.push(Buffer.from(bytes).toString());
      },
      end: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const one = new Flight({ name: "work-1-0", words: [], sink, report: () => undefined, signal: never });
    const old = one.take("stdout", 0, Buffer.from("a"));
    const next = one.take("stdout", 1, Buffer.from("b"));
    const end = one.end({ code: 0, signal: 0, oom: false, at: 1, began });
    slow.resolve(undefined);
    await Promise.all([old, next, end]);
    await one.ended.promise;
    expect(written).toEqual(["a", "b"]);
  });
});

describe("what a dead worker left", () => {
  const placement = { allocationId: "a1", namespace: "default" } as Placement;
  const flight = () => {
    const sink = keeping();
    return { sink, flight: new Flight({ name: "work-1-0", words: [], sink, report: () => undefined, signal: never }) };
  };
  const bytes = async function* (text: string) {
    yield Buffer.from(text);
  };

  it("is its output and how it ended", async () => {
    const files: Partial<Record<string, string>> = {
      "alloc/pool/work-1-0.stdout": "said all\n",
      "alloc/pool/work-1-0.stderr": "",
      "alloc/pool/ends": [
        'd of a line that was cut", "code": 0}',
        '{"ended": "work-1-00", "code": 0, "signal": 0, "oom": false, "at": 8}',
        `{"ended": "work-1-0", ${JSON.stringify({ code: 3, signal: 0, oom: false, at: 9, began }).slice(1)}`,
        '{"ended": "work-2-0", "code": 4, "sig',
      ].join("\n"),
    };
    const text = ({ query }: ApiCall) => files[String(query?.["path"])] ?? "";
    const transport = fakeTransport({
      request: (call) => ({ Size: text(call).length }),
      stream: (call) => bytes(text(call).slice(Number(call.query?.["offset"]))),
    });
    const { sink, flight: one } = flight();
    await one.take("stdout", 0, Buffer.from("said "));
    expect(await readRest(one, placement, transport)).toMatchObject({ code: 3, signal: 0, oom: false, at: 9, began });
    expect(sink.text).toBe("said all\n");
  });

  it("is nothing where it never came to begin, whatever Nomad says of the files", async () => {
    const transport = fakeTransport({
      request: () => {
        throw new Error("404");
      },
      stream: () => bytes("stat /…/work-1-0.stdout: no such file or directory"),
    });
    const { sink, flight: one } = flight();
    expect(await readRest(one, placement, transport)).toBeUndefined();
    expect(sink.text).toBe("");
  });
});

describe("Queue", () => {
  it("hands out in order, and to whoever waits first", async () => {
    const queue = new Queue<number>();
    const first = queue.take(never);
    const second = queue.take(never);
    for (const number of [1, 2, 3]) queue.put(number);
    expect([await first, await second, await queue.take(never)]).toEqual([1, 2, 3]);
  });

  it("gives nothing to one who has left, and nothing that was taken out", async () => {
    const queue = new Queue<number>();
    const leaving = new AbortController();
    const left = queue.take(leaving.signal);
    leaving.abort();
    expect(await left).toBeUndefined();
    for (const number of [1, 2]) queue.put(number);
    expect(queue.remove(1)).toBe(true);
    expect(queue.remove(1)).toBe(false);
    expect([queue.first, queue.length]).toEqual([2, 1]);
    expect(await queue.take(leaving.signal)).toBeUndefined();
    expect(await queue.take(never)).toBe(2);
  });
});

describe("Outbox", () => {
  it("gives lines as they come, and ends when it is closed", async () => {
    const outbox = new Outbox();
    outbox.push({ alive: 1 });
    const lines = outbox.read();
    expect(String((await lines.next()).value)).toBe('{"alive":1}\n');
    const next = lines.next();
    outbox.push({ done: "a" });
    outbox.push({ stop: 1 });
    expect(String((await next).value)).toBe('{"done":"a"}\n{"stop":1}\n');
    const last = lines.next();
    outbox.close();
    expect((await last).done).toBe(true);
  });
});

describe("WorkerOutput", () => {
  it("keeps the end of what a worker said, for the item that its end is told to", async () => {
    const output = new WorkerOutput();
    output.write("stdout", Buffer.alloc(70_000, "x"));
    output.write("stderr", Buffer.from("bootstrap failed\n"));
    const sink = keeping();
    await output.copyTo(sink);
    expect(sink.text).toBe("bootstrap failed\n");
  });
});

describe("itemOutcome", () => {
  const placement = {
    jobId: "flow-work-pool-1",
    allocationId: "a1",
    nodeId: "n",
    nodeName: "node-1",
    driver: "raw_exec",
    namespace: "default",
    task: "main",
  };
  const draft = composeDraft({ jobId: "flow-work-pool", timeoutSeconds: 3 });
  const end = { code: 0, signal: 0, oom: false, at: 1 };

  it.each([
    ["succeeded", end, undefined, "The task finished."],
    ["failed", { ...end, code: 7 }, undefined, "The task exited with code 7."],
    ["failed", { ...end, code: 139, signal: 11 }, undefined, "The task was ended by signal 11 (SIGSEGV)."],
    [
      "oom-killed",
      { ...end, code: 137, signal: 9, oom: true },
      undefined,
      "The task ran out of memory: it had 512 MB.",
    ],
    [
      "timed-out",
      { ...end, code: 130, signal: 2 },
      "time-limit",
      "The task ran longer than its time limit of 3 s and was stopped.",
    ],
    ["stopped", { ...end, code: 130, signal: 2 }, "cancelled", "The task was stopped because the run was interrupted."],
  ] as const)("says of %s what it says of a task with an allocation of its own", (kind, how, why, sentence) => {
    const outcome = itemOutcome(how, draft, placement, 512, why);
    expect(outcome).toMatchObject({
      kind,
      sentence,
      jobId: "flow-work-pool-1",
      nodeName: "node-1",
      allocationId: "a1",
    });
  });
});
