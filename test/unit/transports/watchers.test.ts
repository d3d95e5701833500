import { afterEach, describe, expect, it } from "vitest";
import type { WatcherFactory } from "../../../src/core/contracts/plugin.js";
import type { ApiCall, ApiReply, NomadTransport } from "../../../src/core/contracts/transport.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { CountingTransport, Watching } from "../../../src/testing/watching.js";
import { createBlockingWatcher } from "../../../src/transports/watchers/blocking-watcher.js";
import { createEventStreamWatcher } from "../../../src/transports/watchers/event-stream-watcher.js";
import { createPollWatcher } from "../../../src/transports/watchers/poll-watcher.js";
import { allocation } from "../../support/builders.js";

const evaluation = {
  ID: "eval-1",
  JobID: "job",
  Namespace: "default",
  Status: "complete",
  ModifyIndex: 1,
  CreateIndex: 1,
};

/** A Nomad whose jobs, indexes and event lines a test sets by hand. */
class ScriptedNomad implements NomadTransport {
  readonly address = "scripted";
  readonly calls: ApiCall[] = [];
  allocations: object[] = [];
  indexes: number[] = [];
  /** Whether a list about one job shows that job alone, as the real one does. */
  onlyOf = false;
  listFailure: Error | undefined;
  streamFailure: Error | undefined;
  #line = Promise.withResolvers<string | undefined>();

  /** Writes to the open stream; undefined ends it. */
  say(line: string | undefined): void {
    this.#line.resolve(line);
    this.#line = Promise.withResolvers();
  }

  async request(call: ApiCall, signal: AbortSignal): Promise<ApiReply> {
    this.calls.push(call);
    if (call.query?.["wait"] !== undefined) return this.#blocked(signal);
    if (this.listFailure !== undefined) throw this.listFailure;
    return {
      status: 200,
      index: 7,
      body: call.path.endsWith("evaluations") ? [evaluation] : this.#allocationsFor(call),
    };
  }

  async stream(call: ApiCall, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    this.calls.push(call);
    if (this.streamFailure !== undefined) throw this.streamFailure;
    return this.#lines(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #allocationsFor({ path }: ApiCall): readonly object[] {
    const job = /^\/job\/(.*)\/allocations$/.exec(path)?.[1];
    if (!this.onlyOf || job === undefined) return this.allocations;
    return this.allocations.filter((one) => (one as { JobID?: string } | null)?.JobID === job);
  }

  async *#lines(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    yield Buffer.from("{}\n");
    for (;;) {
      const line = await Promise.race([this.#line.promise, aborted(signal)]);
      if (line === undefined) return;
      // Byte by byte, as a network may deliver them.
      for (const byte of Buffer.from(line)) yield Uint8Array.of(byte);
    }
  }

  async #blocked(signal: AbortSignal): Promise<ApiReply> {
    const index = this.indexes.shift();
    return index === undefined ? aborted(signal) : { status: 200, index, body: [] };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
}

const running: Watching[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((watching) => watching.stop().catch(() => undefined)));
});

function start(factory: WatcherFactory, jobs: readonly string[] = ["job"]) {
  const nomad = new ScriptedNomad();
  const clock = new ManualClock();
  const transport = new CountingTransport(nomad);
  const begin = () => {
    const watching = new Watching(factory({ transport, clock }), jobs);
    running.push(watching);
    return watching;
  };
  return { nomad, clock, transport, begin };
}

const eventLine = (index: number, over: object) =>
  `${JSON.stringify({ Index: index, Events: [{ Topic: "Allocation", Payload: { Allocation: allocation({ ModifyIndex: index, ...over }) } }] })}\n`;
const lists = (nomad: ScriptedNomad) => nomad.calls.filter(({ path }) => path.endsWith("/allocations"));
const streams = (nomad: ScriptedNomad) => nomad.calls.filter(({ path }) => path === "/event/stream");

describe("event stream", () => {
  it("subscribes before it lists, begins with the list, and tells only of its jobs", async () => {
    const { nomad, begin } = start(createEventStreamWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    expect(nomad.calls.map(({ path }) => path)).toEqual([
      "/event/stream",
      "/job/job/evaluations",
      "/job/job/allocations",
    ]);
    expect(nomad.calls[0]?.query).toMatchObject({ topic: ["Allocation", "Evaluation"], namespace: "default" });
    nomad.say(`{}\n${eventLine(8, { JobID: "other" })}${eventLine(9, { ClientStatus: "complete" })}`);
    await watching.until((seen) => seen.length === 2);
    expect(watching.sightings[1]).toMatchObject({
      index: 9,
      allocations: [{ JobID: "job", ClientStatus: "complete" }],
    });
  });

  it.each([
    ["an overrun buffer", "event dropped from buffer\n"],
    ["a closed subscription", "subscription closed by server, client should resubscribe"],
    ["the end of the stream", ""],
    ["an end within a line", '{"Index":9,"Events":[{"Topic":"Alloc'],
  ])("subscribes and lists again after %s", async (_name, words) => {
    const { nomad, clock, begin } = start(createEventStreamWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    nomad.say(words);
    await clock.advance(0);
    nomad.say(undefined);
    nomad.allocations = [allocation({ ClientStatus: "complete" })];
    await clock.advance(1_000);
    await watching.until((seen) => seen.length === 2);
    expect(watching.sightings[1]?.allocations[0]?.ClientStatus).toBe("complete");
    expect(watching.sightings[1]?.complete).toEqual(new Set(["job"]));
    expect(streams(nomad)).toHaveLength(2);
  });

  it("lists jobs that come later, gathered, since their events may have passed", async () => {
    const { nomad, clock, begin } = start(createEventStreamWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    nomad.allocations = [allocation({ JobID: "b" }), allocation({ JobID: "c" })];
    for (const job of ["b", "c"]) watching.add(job);
    await clock.advance(600);
    await watching.until((seen) => seen.length === 2);
    expect(watching.sightings[1]?.complete).toEqual(new Set(["b", "c"]));
    expect(streams(nomad)).toHaveLength(1);
  });

  it("needs no list for a job that is registered while it listens", async () => {
    const { nomad, clock, begin } = start(createEventStreamWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    const before = lists(nomad).length;
    watching.add("new");
    const first = { ...evaluation, JobID: "new", TriggeredBy: "job-register", CreateIndex: 9, ModifyIndex: 9 };
    nomad.say(`${JSON.stringify({ Index: 9, Events: [{ Topic: "Evaluation", Payload: { Evaluation: first } }] })}\n`);
    await watching.until((seen) => seen.length === 2);
    expect(watching.sightings[1]?.complete).toEqual(new Set(["new"]));
    await clock.advance(5_000);
    expect(lists(nomad).length).toBe(before);
  });

  it("lists everything once a minute, since Nomad tells nothing of what is deleted", async () => {
    const { nomad, clock, begin } = start(createEventStreamWatcher);
    nomad.allocations = [allocation({})];
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    nomad.allocations = [];
    await clock.advance(61_000);
    await watching.until((seen) => seen.length === 2);
    expect(watching.sightings[1]).toMatchObject({ allocations: [], complete: new Set(["job"]) });
  });

  it("is one stream and few lists for hundreds of jobs", async () => {
    const jobs = Array.from({ length: 500 }, (_, n) => `flow-run-17-step-train-task-${String(n)}-attempt-0`);
    const { nomad, begin } = start(createEventStreamWatcher, jobs);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    expect(watching.sightings[0]?.complete?.size).toBe(500);
    expect(streams(nomad)).toHaveLength(1);
    expect(lists(nomad).length).toBeLessThan(10);
  });

  it("gives way to the next rung at once when it is refused", async () => {
    const { nomad, begin } = start(createEventStreamWatcher);
    nomad.streamFailure = new LauncherError("NOMAD_E_API_FORBIDDEN", { call: "GET /event/stream" });
    await expect(begin().until(() => false)).rejects.toMatchObject({ code: "NOMAD_E_API_FORBIDDEN" });
    expect(streams(nomad)).toHaveLength(1);
  });

  it("gives way to the next rung after three connections that brought nothing", async () => {
    const { nomad, clock, begin } = start(createEventStreamWatcher);
    nomad.streamFailure = new LauncherError("NOMAD_E_TRANSPORT_BROKEN", {});
    const failure = expect(begin().until(() => false)).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_BROKEN" });
    await clock.advance(10_000);
    await failure;
    expect(streams(nomad)).toHaveLength(3);
  });

  it.each([
    [
      "a list that fails",
      (nomad: ScriptedNomad) => (nomad.listFailure = new LauncherError("NOMAD_E_API_FORBIDDEN", {})),
    ],
    ["a list that is none", (nomad: ScriptedNomad) => (nomad.allocations = "half a list" as unknown as object[])],
  ])("closes its stream on %s", async (_name, spoil) => {
    const { nomad, transport, begin } = start(createEventStreamWatcher);
    spoil(nomad);
    await expect(begin().until(() => false)).rejects.toThrow(LauncherError);
    expect(transport.open).toBe(0);
  });
});

describe("news that nobody can read", () => {
  const odd = allocation({ JobID: "odd", ID: "odd", ClientStatus: "dancing" as "running" });
  const few = ["job", "odd"];
  const many = [...few, "c", "d", "e", "f"];

  it.each([
    ["event stream", few, createEventStreamWatcher],
    ["event stream", many, createEventStreamWatcher],
    ["blocking queries", few, createBlockingWatcher],
    ["polling", few, createPollWatcher],
    ["polling", many, createPollWatcher],
  ] as const)("are told by %s as one job's trouble, in a list of %j", async (_name, jobs, factory) => {
    const { nomad, begin } = start(factory, jobs);
    nomad.allocations = [allocation({}), odd, null as unknown as object];
    nomad.onlyOf = true;
    const [seen] = await begin().until((sightings) => sightings.length > 0);
    expect([...(seen?.unreadable?.keys() ?? [])]).toEqual(["odd"]);
    expect(seen?.unreadable?.get("odd")).toMatchObject({ code: "NOMAD_E_API_REPLY" });
    expect(seen?.allocations.map(({ JobID }) => JobID)).toEqual(["job"]);
    expect(seen?.complete).toEqual(new Set(jobs.filter((job) => job !== "odd")));
  });

  it("make the event stream list again, which tells whose trouble it is", async () => {
    const { nomad, clock, begin } = start(createEventStreamWatcher, few);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    nomad.allocations = [allocation({}), odd];
    nomad.onlyOf = true;
    nomad.say(eventLine(9, odd));
    await clock.advance(1_000);
    await watching.until((seen) => seen.some(({ unreadable }) => unreadable?.has("odd") ?? false));
    nomad.say(eventLine(10, { ClientStatus: "complete" }));
    await watching.until((seen) => seen.some(({ allocations }) => allocations[0]?.ClientStatus === "complete"));
  });

  it("do not reach beyond their object: __proto__ is a name as any other", async () => {
    const { nomad, begin } = start(createPollWatcher);
    const spoiled = JSON.stringify(allocation({})).replace(
      /}$/,
      ',"TaskStates":{"__proto__":{"State":"dead","Failed":true},"constructor":{"State":"dead","Failed":true}}}',
    );
    nomad.allocations = [JSON.parse(spoiled) as object];
    const [seen] = await begin().until((sightings) => sightings.length > 0);
    const states = seen?.allocations[0]?.TaskStates ?? {};
    expect(Object.keys(states)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(states)).toBe(Object.prototype);
    expect([states["State"], ({} as Record<string, unknown>)["State"]]).toEqual([undefined, undefined]);
  });
});

describe("blocking queries", () => {
  it("list when an index moves, and never go backwards", async () => {
    const { nomad, clock, begin } = start(createBlockingWatcher);
    nomad.indexes = [20, 20, 5, 5, 6, 6];
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    nomad.allocations = [allocation({ ClientStatus: "complete", ModifyIndex: 6 })];
    await clock.advance(5_000);
    await watching.until((seen) => seen.length === 2);
    const asked = nomad.calls.filter(({ path, query }) => path === "/allocations" && query?.["wait"] !== undefined);
    // 20 was followed by 5: another history, so from the start again.
    expect(asked.map(({ query }) => query?.["index"])).toEqual([0, 20, 0, 6]);
  });

  it("stay below Nomad's own limit of five minutes", async () => {
    const { nomad, begin } = start(createBlockingWatcher);
    await begin().until((seen) => seen.length === 1);
    const call = nomad.calls.find(({ query }) => query?.["wait"] !== undefined);
    expect(call?.query?.["wait"]).toBe("120s");
    expect(call?.silenceMs).toBeGreaterThan(120_000 * (17 / 16));
  });

  it("look again when a job comes, though nothing moves", async () => {
    const { clock, begin } = start(createBlockingWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    watching.add("b");
    await clock.advance(1_000);
    await watching.until((seen) => seen.some(({ complete }) => complete?.has("b") ?? false));
  });
});

describe("polling", () => {
  it("slows down to three seconds, and is quick again after news", async () => {
    const { nomad, clock, begin } = start(createPollWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    await clock.advance(60_000);
    const calm = lists(nomad).length;
    expect(calm).toBeGreaterThan(18);
    expect(calm).toBeLessThan(26);
    expect(watching.sightings).toHaveLength(1);
    nomad.allocations = [allocation({})];
    while (watching.sightings.length < 2) await clock.advance(100);
    const after = lists(nomad).length;
    await clock.advance(1_500);
    expect(lists(nomad).length - after).toBeGreaterThanOrEqual(2);
  });

  it("looks at once when a job comes", async () => {
    const { clock, begin } = start(createPollWatcher);
    const watching = begin();
    await watching.until((seen) => seen.length === 1);
    watching.add("b");
    await clock.advance(0);
    await watching.until((seen) => seen.some(({ complete }) => complete?.has("b") ?? false));
  });

  it("passes a failure on", async () => {
    const { nomad, begin } = start(createPollWatcher);
    nomad.listFailure = new LauncherError("NOMAD_E_API_SERVER", {});
    await expect(begin().until(() => false)).rejects.toMatchObject({ code: "NOMAD_E_API_SERVER" });
  });
});
