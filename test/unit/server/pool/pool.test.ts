import { describe, expect, it } from "vitest";
import type { Clock } from "../../../../src/core/contracts/clock.js";
import type { LogSink } from "../../../../src/core/contracts/log-sink.js";
import { LauncherError } from "../../../../src/core/errors/launcher-error.js";
import type { SiteLauncher } from "../../../../src/core/host/site-launcher.js";
import { systemClock } from "../../../../src/core/host/system-clock.js";
import type { Launch } from "../../../../src/core/launch/context.js";
import type { LaunchProgress } from "../../../../src/core/model/progress.js";
import type { Outcome } from "../../../../src/core/model/outcome.js";
import type { Item } from "../../../../src/server/pool/item.js";
import { WorkerPool } from "../../../../src/server/pool/pool.js";
import { request } from "../../../support/builders.js";
import { composeDraft, composeJob } from "../../../support/compose.js";
import { fakeTransport } from "../../../support/fake-transport.js";
import { silentLogger } from "../../../support/silent-logger.js";

interface Said {
  readonly run?: string;
  readonly words?: readonly string[];
  readonly kill?: string;
  readonly stop?: 1;
  readonly hello?: number;
}
interface Io {
  readonly input: AsyncIterable<Uint8Array>;
  readonly output: (stream: "stdout", bytes: Uint8Array) => Promise<void>;
}

const ended: Outcome = {
  kind: "drained",
  cause: "drained",
  sentence: "The task was stopped because node n1 is being drained.",
  advice: "Retry.",
  retriable: true,
  jobId: "j",
  evidence: {},
};

const never = new AbortController().signal;

/** Workers that exist in this test only: what they do with an item is its first word. */
interface Lab {
  readonly refuse?: LauncherError;
  /** So many sessions, and from which on. Default: the first. */
  readonly refusals?: number;
  readonly refusedFrom?: number;
  readonly broken?: boolean;
  /** Workers end in good order before they were ever reached. */
  readonly leave?: boolean;
  /** For so many workers in all. */
  room?: number;
  /** How far the node's clock is behind, in milliseconds. */
  readonly behind?: number;
  /** No worker is placed before. */
  readonly register?: Promise<unknown>;
  readonly clock?: Clock;
  readonly timeoutSeconds?: number;
}
function lab(options: Lab = {}) {
  const jobs: string[] = [];
  const placed = new Set<string>();
  const ran: string[] = [];
  const stops = new Map<string, (outcome: Outcome) => void>();
  const has = new Map<string, { readonly at: number; readonly number: number }>();
  let [served, sessions] = [0, 0];
  const { refusedFrom = 1, refusals = 1 } = options;
  const isRefused = (session: number) => session >= refusedFrom && session < refusedFrom + refusals;
  const exec = async ({ allocationId }: { allocationId: string }, { input, output }: Io, signal: AbortSignal) => {
    if (options.refuse !== undefined && isRefused((sessions += 1))) throw options.refuse;
    const say = (message: object) => output("stdout", Buffer.from(`${JSON.stringify(message)}\n`));
    for await (const bytes of input) {
      for (const line of Buffer.from(bytes).toString().trim().split("\n")) {
        const said = JSON.parse(line) as Said;
        if (said.hello !== undefined)
          await say({ ready: 1, items: [...has].map(([name, began]) => ({ name, ...began })) });
        if (said.stop !== undefined) stops.get(allocationId)?.({ ...ended, kind: "succeeded", sentence: "" });
        const name = said.run ?? said.kill;
        if (name === undefined) continue;
        const [how] = said.words ?? ["finish"];
        const began = has.get(name) ?? { at: (Date.now() - (options.behind ?? 0)) / 1000, number: (served += 1) };
        has.set(name, began);
        if (said.run !== undefined) {
          ran.push(name);
          // The channel is cut before the worker could say that it began.
          if (how === "cut") return 1;
          await say({ started: name, ...began });
          await say({ out: name, stream: "stdout", offset: 0, data: Buffer.from(`${name} says\n`).toString("base64") });
        }
        if (how === "drain") stops.get(allocationId)?.(ended);
        else if (how !== "hang") {
          const memory = how === "grow" ? 5000 : 10;
          has.delete(name);
          const why = "[Errno 28] No space left on device";
          const unwritten = how === "full" ? why : undefined;
          const unstarted = how === "unstarted" ? why : undefined;
          await say({
            ended: name,
            code: how === "fail" ? 3 : 0,
            signal: 0,
            oom: false,
            unwritten,
            unstarted,
            at: 1,
            began,
            memory,
          });
          if (how === "last") stops.get(allocationId)?.({ ...ended, kind: "oom-killed" });
        }
      }
    }
    signal.throwIfAborted();
    return 0;
  };
  const launch = async ({ request: { jobId }, report, signal, sink }: Launch): Promise<Outcome> => {
    jobs.push(jobId);
    if (options.broken === true) {
      await sink.write("stderr", Buffer.from("no python\n"), [[0, 10]]);
      return { ...ended, kind: "failed", sentence: "The node lacks python." };
    }
    if (options.leave === true) return { ...ended, kind: "succeeded", sentence: "It succeeded.", retriable: false };
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    stops.set(jobId, resolve);
    signal.addEventListener("abort", () => resolve({ ...ended, kind: "stopped", sentence: "stopped" }));
    const placement = {
      jobId,
      allocationId: jobId,
      nodeId: "n",
      nodeName: "n1",
      driver: "raw_exec",
      namespace: "default",
    };
    await options.register;
    placed.add(jobId);
    report({ kind: "placed", placement: { ...placement, task: "main" }, at: 1 });
    report({ kind: "started", jobId, allocationId: jobId, at: 1 });
    return promise.finally(() => placed.delete(jobId));
  };
  const transport = {
    ...fakeTransport({ request: ({ body }) => plan(body, (options.room ?? 99) - placed.size) }),
    exec,
  };
  const { clock = systemClock, timeoutSeconds = 3600 } = options;
  const compose = () => ({ draft: composeDraft({ timeoutSeconds }), job: composeJob({}) });
  const launcher = { launch, compose, transport, clock, logger: silentLogger } as unknown as SiteLauncher;
  const kept = new Set<string>();
  const keep = async (jobId: string) => {
    kept.add(jobId);
    return { [Symbol.asyncDispose]: async () => void kept.delete(jobId) };
  };
  const parts = { launcher, request: request({ jobId: "pool" }), size: 2, generation: 1, idleSeconds: 60, keep };
  const open = (over: object = {}) => new WorkerPool({ ...parts, maxItems: Number.POSITIVE_INFINITY, ...over });
  return { jobs, ran, kept, open };
}

/** What Nomad says of a job of several allocations, where there is room for so many. */
function plan(body: unknown, room: number) {
  const [{ Name, Count }] = (body as { Job: { TaskGroups: [{ Name: string; Count: number }] } }).Job.TaskGroups;
  return Count <= room ? {} : { FailedTGAllocs: { [Name]: { CoalescedFailures: Count - room - 1 } } };
}

function item(name: string, words: readonly string[] = ["finish"], signal = new AbortController().signal) {
  const lines: string[] = [];
  const sink: LogSink = {
    write: (_stream, bytes) => void lines.push(Buffer.from(bytes).toString()),
    end: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { name, words, sink, report: () => undefined, signal, lines } satisfies Item & { lines: string[] };
}

describe("WorkerPool", () => {
  it("runs each item once, on no more workers than its size, and leaves none", async () => {
    const { jobs, ran, kept, open } = lab();
    const pool = open();
    const items = Array.from({ length: 9 }, (_, index) => item(`i${index}`, [index === 4 ? "fail" : "finish"]));
    const outcomes = await Promise.all(items.map((one) => pool.run(one)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(items.map((_, at) => (at === 4 ? "failed" : "succeeded")));
    expect(items.map(({ lines }) => lines.join(""))).toEqual(items.map(({ name }) => `${name} says\n`));
    expect(ran.toSorted()).toEqual(items.map(({ name }) => name));
    expect(jobs).toEqual(["pool-1-1", "pool-1-2"]);
    await pool[Symbol.asyncDispose]();
    expect(kept.size).toBe(0);
  });

  it("fails the item of a worker that ends, with that worker's verdict, and goes on with another", async () => {
    const { jobs, ran, open } = lab();
    await using pool = open({ size: 1 });
    const outcomes = await Promise.all([pool.run(item("a", ["drain"])), pool.run(item("b"))]);
    expect(outcomes).toMatchObject([{ kind: "drained", sentence: ended.sentence }, { kind: "succeeded" }]);
    expect([ran, jobs]).toEqual([
      ["a", "b"],
      ["pool-1-1", "pool-1-2"],
    ]);
  });

  it("starts another worker for the next item where one ended between two", async () => {
    const { jobs, open } = lab();
    await using pool = open({ size: 1 });
    for (const [name, how] of Object.entries({ a: "last", b: "finish" }))
      expect(await pool.run(item(name, [how]))).toMatchObject({ kind: "succeeded" });
    expect(jobs).toEqual(["pool-1-1", "pool-1-2"]);
  });

  it("starts no more workers than there are items", async () => {
    const { jobs, open } = lab();
    await using pool = open({ size: 50 });
    await Promise.all(["a", "b"].map((name) => pool.run(item(name))));
    expect(jobs).toEqual(["pool-1-1", "pool-1-2"]);
  });

  it("tells of an item whose worker's disk was full", async () => {
    const { open } = lab();
    await using pool = open();
    const told: string[] = [];
    await pool.run({ ...item("a", ["full"]), tell: (line) => told.push(line) });
    const why = "[Errno 28] No space left on device";
    expect(told).toEqual([`The worker on node n1 could not write a file (${why}): output of the task may be missing.`]);
  });

  it("gives nothing more to a worker that cannot begin an item", async () => {
    const { jobs, ran, open } = lab();
    await using pool = open({ size: 1 });
    const told: string[] = [];
    const first = await pool.run({ ...item("a", ["unstarted"]), tell: (line) => told.push(line) });
    expect(first).toMatchObject({ cause: "worker-ended", retriable: true });
    expect(told[0]).toMatch(/^The worker on node n1 could not begin the task \(\[Errno 28\].*\), and ends\.$/);
    expect(await pool.run(item("b"))).toMatchObject({ kind: "succeeded" });
    expect([jobs, ran]).toEqual([
      ["pool-1-1", "pool-1-2"],
      ["a", "b"],
    ]);
  });

  it("takes no worker's good end for that of a task which never ran", async () => {
    const { open } = lab({ leave: true });
    await using pool = open({ size: 1 });
    expect(await pool.run(item("a"))).toMatchObject({ cause: "worker-ended", retriable: true });
  });

  it("does not begin an item that nobody wants any more", async () => {
    const { ran, open } = lab();
    await using pool = open({ size: 1 });
    const gone = new AbortController();
    const handedOut = async () => gone.abort();
    expect(await pool.run({ ...item("a", ["finish"], gone.signal), handedOut })).toMatchObject({ kind: "stopped" });
    expect(ran).toEqual([]);
  });

  it("waits out a minute of errors from the exec endpoint, but not a driver that never answers otherwise", async () => {
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms <= 2_000 ? 0 : ms, signal) };
    const facts = { call: "exec", origin: "x", reason: "no", status: 500, command: "sh", task: "main" };
    const passes = lab({ refuse: new LauncherError("NOMAD_E_API_SERVER", facts), refusals: 35, clock });
    await using pool = passes.open({ size: 1 });
    expect(await pool.run(item("a"))).toMatchObject({ kind: "succeeded" });
    expect(passes.jobs).toHaveLength(1);
    const stays = lab({ refuse: new LauncherError("NOMAD_E_API_COMMAND", facts), refusals: 35, clock });
    await using none = stays.open({ size: 1 });
    expect(await none.run(item("a"))).toMatchObject({ kind: "refused" });
  });

  it("has as many workers as Nomad has room for, and says so, where its size is auto", async () => {
    const { jobs, open } = lab({ room: 3 });
    await using pool = open({ size: "auto" });
    const told: string[] = [];
    const gone = new AbortController();
    const items = Array.from({ length: 9 }, (_, index) => item(`i${index}`, ["hang"], gone.signal));
    const ends = items.map((one) => pool.run({ ...one, tell: (line) => told.push(line) }));
    while (jobs.length < 3 || told.length < 2) await systemClock.sleep(1, new AbortController().signal);
    gone.abort();
    await Promise.all(ends);
    expect(jobs).toHaveLength(3);
    expect(told.at(-1)).toMatch(/^Worker pool: Nomad has room for 3 of its workers now; tasks: \d\.$/);
  });

  it("does not count the room of a worker that is not placed yet once more", async () => {
    const gate = Promise.withResolvers<undefined>();
    const { jobs, open } = lab({ room: 2, register: gate.promise });
    await using pool = open({ size: "auto" });
    const gone = new AbortController();
    const ends = [pool.run(item("a", ["hang"], gone.signal))];
    while (jobs.length < 1) await systemClock.sleep(1, never);
    for (const name of ["b", "c"]) ends.push(pool.run(item(name, ["hang"], gone.signal)));
    await systemClock.sleep(10, never);
    gate.resolve(undefined);
    while (jobs.length < 2) await systemClock.sleep(1, never);
    await systemClock.sleep(10, never);
    expect(jobs).toHaveLength(2);
    gone.abort();
    await Promise.all(ends);
  });

  it("asks again after a while, though no item comes or ends, and grows when there is room", async () => {
    const pauses: (() => void)[] = [];
    const sleep: Clock["sleep"] = (ms, signal) =>
      ms === 30_000 ? new Promise((resolve) => pauses.push(resolve)) : systemClock.sleep(ms, signal);
    const options: Lab = { room: 1, clock: { ...systemClock, sleep } };
    const { jobs, open } = lab(options);
    await using pool = open({ size: "auto" });
    const gone = new AbortController();
    const ends = ["a", "b", "c"].map((name) => pool.run(item(name, ["hang"], gone.signal)));
    for (const room of [1, 2]) {
      while (pauses.length < room) await systemClock.sleep(1, never);
      expect(jobs).toHaveLength(room);
      options.room = room + 1;
      pauses[room - 1]?.();
    }
    while (jobs.length < 3) await systemClock.sleep(1, never);
    gone.abort();
    await Promise.all(ends);
  });

  it("gives an item its whole time limit, whatever the clock of its node says", async () => {
    const sleeps: number[] = [];
    const sleep: Clock["sleep"] = (ms, signal) => {
      sleeps.push(ms);
      return systemClock.sleep(ms, signal);
    };
    const { open } = lab({ behind: 3_500_000, clock: { ...systemClock, sleep }, timeoutSeconds: 3600 });
    await using pool = open();
    expect(await pool.run(item("a"))).toMatchObject({ kind: "succeeded" });
    expect(sleeps).toContain(3_600_000);
  });

  it("holds an item to its time limit, and knows where it is, though the word that it began was lost", async () => {
    const { ran, open } = lab({ timeoutSeconds: 0.01 });
    await using pool = open();
    const told: LaunchProgress[] = [];
    expect(await pool.run({ ...item("a", ["cut"]), report: (one) => told.push(one) })).toMatchObject({
      kind: "timed-out",
    });
    expect(ran).toEqual(["a"]);
    expect(told.map(({ kind }) => kind)).toEqual(["submitted", "placed", "started"]);
    expect(told).toContainEqual(
      expect.objectContaining({ kind: "placed", placement: expect.objectContaining({ item: 1 }) as unknown }),
    );
  });

  it("submits no worker's job before it is noted, and none where it cannot be", async () => {
    const { jobs, open } = lab();
    const noted = Promise.withResolvers<AsyncDisposable>();
    const asked: string[] = [];
    const keep = (jobId: string) => {
      asked.push(jobId);
      return asked.length === 1 ? noted.promise : Promise.reject(new Error("no space left on device"));
    };
    await using pool = open({ size: 1, maxItems: 1, keep });
    const first = pool.run(item("a"));
    await systemClock.sleep(5, never);
    expect([asked, jobs]).toEqual([["pool-1-1"], []]);
    noted.resolve({ [Symbol.asyncDispose]: async () => undefined });
    expect(await first).toMatchObject({ kind: "succeeded" });
    await expect(pool.run(item("b"))).rejects.toThrow("no space left");
    expect(jobs).toEqual(["pool-1-1"]);
  });

  it("has one worker in any case: Nomad says why it is not placed", async () => {
    const { jobs, open } = lab({ room: 0 });
    await using pool = open({ size: "auto" });
    expect(await pool.run(item("a"))).toMatchObject({ kind: "succeeded" });
    expect(jobs).toEqual(["pool-1-1"]);
  });

  it("replaces a worker that has had its share", async () => {
    const { jobs, open } = lab();
    await using pool = open({ size: 1, maxItems: 2 });
    for (const name of ["a", "b", "c", "d", "e"])
      expect(await pool.run(item(name))).toMatchObject({ kind: "succeeded" });
    expect(jobs).toEqual(["pool-1-1", "pool-1-2", "pool-1-3"]);
  });

  it("replaces a worker that itself has grown past its memory", async () => {
    const { jobs, open } = lab();
    await using pool = open({ size: 1 });
    for (const [name, how] of Object.entries({ a: "finish", b: "grow", c: "finish" }))
      expect(await pool.run(item(name, [how]))).toMatchObject({ kind: "succeeded" });
    expect(jobs).toEqual(["pool-1-1", "pool-1-2"]);
  });

  it("ends an item that is not wanted any more, also one that waits", async () => {
    const { ran, open } = lab();
    await using pool = open({ size: 1 });
    const gone = new AbortController();
    const running = pool.run(item("a", ["hang"], gone.signal));
    const waiting = pool.run(item("b", ["finish"], gone.signal));
    const wanted = pool.run(item("c"));
    while (ran.length === 0) await systemClock.sleep(1, new AbortController().signal);
    gone.abort();
    expect([await running, await waiting, await wanted].map(({ kind }) => kind)).toEqual([
      "stopped",
      "stopped",
      "succeeded",
    ]);
    expect(ran).toEqual(["a", "c"]);
  });

  it("says why there can be no pool, and launches no worker again", async () => {
    const facts = { call: "exec", origin: "x", right: "alloc-exec", reason: "no", namespace: "default" };
    const { jobs, open } = lab({ refuse: new LauncherError("NOMAD_E_API_FORBIDDEN", facts) });
    await using pool = open({ size: 1 });
    const outcomes = await Promise.all([pool.run(item("a")), pool.run(item("b"))]);
    for (const one of [...outcomes, await pool.run(item("c"))]) {
      expect(one).toMatchObject({ kind: "refused", reason: expect.stringContaining("alloc-exec") as string });
    }
    expect(jobs).toEqual(["pool-1-1"]);
  });

  it("fails the item of a worker that it may not talk to any more, and that can be tried again", async () => {
    const facts = { call: "exec", origin: "x", right: "alloc-exec", reason: "no", namespace: "default" };
    const refuse = new LauncherError("NOMAD_E_API_FORBIDDEN", facts);
    const { ran, open } = lab({ refuse, refusedFrom: 2, refusals: 99 });
    await using pool = open({ size: 1 });
    expect(await pool.run(item("a", ["cut"]))).toMatchObject({ cause: "worker-ended", retriable: true });
    expect(await pool.run(item("b"))).toMatchObject({ kind: "refused" });
    expect(ran).toEqual(["a"]);
  });

  it("tells an item why a worker could not begin, with what the worker said", async () => {
    const { jobs, open } = lab({ broken: true });
    await using pool = open({ size: 1 });
    const one = item("a");
    expect(await pool.run(one)).toMatchObject({ kind: "failed", sentence: "The node lacks python." });
    expect(one.lines).toEqual(["no python\n"]);
    expect(jobs).toEqual(["pool-1-1"]);
  });

  it("ends its workers when there was nothing to do for a while", async () => {
    const { kept, open } = lab();
    await using pool = open({ idleSeconds: 0.01 });
    await pool.run(item("a"));
    while (kept.size > 0) await systemClock.sleep(1, new AbortController().signal);
    expect(await pool.run(item("b"))).toMatchObject({ kind: "succeeded" });
  });
});
