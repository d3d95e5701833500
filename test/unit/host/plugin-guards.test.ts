import { describe, expect, it } from "vitest";
import type { LogSink, LogSinkFactory } from "../../../src/core/contracts/log-sink.js";
import type { MetricsSink } from "../../../src/core/contracts/metrics.js";
import type { PluginRegistrar } from "../../../src/core/contracts/plugin.js";
import type { Logger } from "../../../src/core/contracts/logger.js";
import { classifiedDriver } from "../../../src/core/host/classified-driver.js";
import { pluginLogger } from "../../../src/core/host/plugin-logger.js";
import { PluginRegistry } from "../../../src/core/host/plugin-registry.js";
import { openSinks, teeSink } from "../../../src/core/host/tee-sink.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { request, site } from "../../support/builders.js";

const clock = new ManualClock();
const told: string[] = [];
const note = (fields: object, message: string) => void told.push(`${message} ${JSON.stringify(fields)}`);
const logger: Logger = { debug: note, info: note, warn: note, error: note };

/** What a listed plugin registers, as the host uses it. */
function registry(setup: (registrar: PluginRegistrar) => void): PluginRegistry {
  told.length = 0;
  const made = new PluginRegistry({ clock, loggerFor: () => logger });
  const listed = { name: "acme", apiVersion: "1" as const, setup, source: "./acme.mjs" };
  made.add(listed);
  return made;
}

/** Plugins are written in JavaScript, too: anything may be thrown. */
const throwing = (reason: unknown): never => {
  throw reason;
};

const never = new AbortController().signal;
const image = { image: "none", filesystem: "host", devices: true, nodeUsers: false } as const;

describe("what a plugin's things do wrong", () => {
  it.each<[string, unknown, RegExp]>([
    ["changes the request", (asked: { argv: string[] }) => { asked.argv.push("x"); return { literal: {} }; }, /acme failed in its driver d: Cannot add property/],
    ["returns no config", () => ({ command: "x" }), /acme failed in its driver d: it returned no config/],
    ["throws a string", () => throwing("no"), /acme failed in its driver d: no\./],
  ])("a driver that %s is named", (_what, toConfig, said) => {
    const { drivers } = registry((on) => on.driver({ name: "d", capabilities: image, toConfig } as never));
    const asked = request();
    expect(() => drivers.get("d")?.toConfig(asked, site())).toThrow(said);
    expect(Object.isFrozen(asked)).toBe(false);
  }); // prettier-ignore

  it("devices of another shape are refused", () => {
    const { devices } = registry((on) => on.device({ name: "d", claims: () => true, toDevices: () => [{}] } as never));
    expect(() => devices.get("d")?.toDevices({ count: 1, device: "x/y" })).toThrow(
      /its devices d: it returned no devices/,
    );
  });

  it("a diagnosis of another shape, or a throw, is left out and logged", () => {
    const explain = (events: unknown[]) => (events.length > 0 ? { kind: "bad" } : (() => { throw new Error("boom"); })()); // prettier-ignore
    const { classifiers } = registry((on) => on.classifier({ name: "c", explain } as never));
    expect(classifiers.get("c")?.explain([], request())).toBeUndefined();
    expect(classifiers.get("c")?.explain([{ Type: "x", Time: 1 }], request())).toBeUndefined();
    expect(told.join("\n")).toMatch(/failed to explain .*acme[^]*no diagnosis .*acme/);
  });

  it("a diagnosis that throws when it is read is left out; metrics that reject are told of once, and nobody dies of it", async () => {
    const explain = () => ({ kind: "driver-failed", retriable: true, advice: "", get sentence() { throw new Error("late"); } }); // prettier-ignore
    const { classifiers } = registry((on) => on.classifier({ name: "c", explain } as never));
    expect(classifiers.get("c")?.explain([], request())).toBeUndefined();
    const add: () => unknown = () => Promise.reject(new Error("full"));
    const sink = { add, observe: add, watch: add } as MetricsSink;
    const { metrics } = registry((on) => on.metrics("m", sink));
    metrics.get("m")?.add("tasks", {});
    metrics.get("m")?.add("tasks", {});
    await new Promise(setImmediate);
    expect(told).toEqual([expect.stringContaining("a plugin's metrics failed")]);
  });

  it("a transport that never answers ends the wait with the plugin's name, and heeds whoever gives up", async () => {
    const hung = () => new Promise<never>(() => undefined);
    const made = { address: "x", request: hung, stream: hung, [Symbol.asyncDispose]: hung };
    const { transports } = registry((on) => on.transport("t", () => made));
    const transport = transports.get("t")?.({ site: site() } as never);
    const waiting = transport?.request({ method: "GET", path: "/jobs" }, never);
    const outcome = expect(waiting).rejects.toThrow(/acme failed in its transport t: it has not answered after 900 s/);
    await clock.advance(900_000);
    await outcome;
    const over = new AbortController();
    const given = expect(transport?.stream({ method: "GET", path: "/jobs" }, over.signal)).rejects.toThrow("enough");
    over.abort(new Error("enough"));
    await given;
  });

  it("a watcher that shows nothing within a minute, or ends by itself, has failed; another one passes its sightings on", async () => {
    const sighting = { index: 1, allocations: [], evaluations: [] };
    const watching = async (watch: unknown, signal = never) => {
      const { watchers } = registry((on) => on.watcher("w", () => ({ name: "w", watch }) as never));
      const seen: unknown[] = [];
      for await (const one of watchers
        .get("w")?.({} as never)
        .watch({} as never, signal) ?? [])
        seen.push(one);
      return seen;
    };
    const hung = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) });
    const late = expect(watching(hung)).rejects.toThrow(/acme failed in its watch w: it has not answered after 60 s/);
    await clock.advance(60_000);
    await late;
    await expect(watching(async function* () {})).rejects.toThrow(/its watch w: it ended, and nobody had asked it to/);
    const over = new AbortController();
    const good = async function* () {
      yield await Promise.resolve(sighting);
      over.abort();
    };
    expect(await watching(good, over.signal)).toEqual([sighting]);
  });

  it("a token that never comes, or is none, ends the wait with the plugin's name", async () => {
    const hung = {
      origin: "nowhere",
      token: () => new Promise(() => undefined),
      refresh: () => new Promise(() => undefined),
    };
    const { credentials } = registry((on) => on.credentials("c", () => hung as never));
    const waiting = credentials.get("c")?.({})?.token(never);
    const outcome = expect(waiting).rejects.toThrow(
      /acme failed in its credentials \(nowhere\): it has not answered after 60 s/,
    );
    await clock.advance(60_000);
    await outcome;
    const odd = { origin: "odd", token: () => Promise.resolve(7), refresh: () => Promise.reject(new Error("no")) };
    const other = registry((on) => on.credentials("c", () => odd as never)).credentials.get("c")?.({});
    await expect(other?.token(never)).rejects.toThrow(/what it gave is no token/);
    await expect(other?.refresh(never)).rejects.toThrow(/acme failed in its credentials \(odd\): no/);
  });

  it("a queue that never answers ends the wait with the plugin's name, within a look of the autoscaler", async () => {
    const hung = { origin: "far", depth: () => new Promise<never>(() => undefined) };
    const { queueSources } = registry((on) =>
      on.queueSource("acme", () => ({ ...hung, [Symbol.asyncDispose]: () => Promise.resolve() })),
    );
    const made = queueSources.get("acme")?.({ url: new URL("acme://far"), queue: "q" });
    const outcome = expect(made?.depth(never)).rejects.toThrow(/acme failed in its queue source \(far\): it has not/);
    await clock.advance(15_000);
    await outcome;
  });

  it("metrics that throw get no more numbers, and are told of once", () => {
    let calls = 0;
    const add = () => { calls += 1; throw new Error("full"); }; // prettier-ignore
    const { metrics } = registry((on) => on.metrics("m", { add, observe: add, watch: add }));
    for (let turn = 0; turn < 3; turn += 1) metrics.get("m")?.add("tasks", {});
    expect([calls, told.length]).toEqual([1, 1]);
  });
});

it("a plugin that floods the log is cut short, once in a minute", async () => {
  told.length = 0;
  const log = pluginLogger("acme", logger, clock);
  for (let line = 0; line < 1_000; line += 1) log.info({ line }, "news");
  expect(told).toHaveLength(201);
  expect(told.at(-1)).toContain("plugin acme floods the log");
  await clock.advance(60_000);
  log.info({}, "later");
  expect(told.at(-1)).toBe('later {"plugin":"acme"}');
});

describe("a plugin's log sink", () => {
  const sinkOf = (over: Partial<LogSink>): LogSink => ({
    write: () => undefined,
    end: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...over,
  });
  const text = (chunks: Uint8Array[]) => Buffer.concat(chunks).toString();

  it("gets the output in order; one that throws, hangs or falls behind is given up with a warning, and the task's own goes on", async () => {
    const warnings: string[] = [];
    const [own, good]: Uint8Array[][] = [[], []];
    const factories = new Map<string, LogSinkFactory>([
      ["good", () => sinkOf({ write: (_stream, bytes) => void good!.push(bytes) })],
      ["throws", () => sinkOf({ write: () => throwing("no") })],
      ["hangs", () => sinkOf({ end: () => new Promise(() => undefined) })],
      ["slow", () => sinkOf({ write: () => new Promise(() => undefined) })],
      ["shape", () => ({}) as never],
      ["uninterested", () => undefined],
    ]); // prettier-ignore
    const warn = (message: string) => void warnings.push(message);
    const sinks = openSinks(factories, { request: request(), site: site() }, warn);
    const main = sinkOf({ write: (_stream, bytes) => void own!.push(bytes.slice()) });
    const tee = teeSink(main, sinks, { clock, warn });
    const chunk = new Uint8Array(3 * 1024 * 1024).fill(97);
    await tee.write("stdout", Buffer.from("one\n"), [[0, 4]]);
    await tee.write("stdout", chunk, [[0, 5]]);
    await clock.advance(1);
    await tee.write("stdout", chunk, [[0, 6]]);
    const ended = tee.end();
    await clock.advance(5_000);
    await ended;
    expect(text(own!)).toBe(text(good!));
    expect(text(good!)).toMatch(/^one\na+$/);
    expect(warnings.sort()).toEqual([
      "the log sink hangs gets no more of the output: it has not answered after 5 s",
      "the log sink shape gets none of the output: it is no sink: write, end and [Symbol.asyncDispose] are functions of one",
      "the log sink slow gets no more of the output: it does not keep up with the output",
      "the log sink throws gets no more of the output: no",
    ]);
  });
});

it("a classifier goes before the driver, for the drivers it names", () => {
  const diagnosis = {
    kind: "driver-failed",
    sentence: "The house is shut.",
    advice: "Wait.",
    retriable: true,
  } as const;
  const house = { name: "house", drivers: ["raw_exec"], explain: () => diagnosis };
  const driver = createRawExecDriver();
  expect(classifiedDriver(driver, [house]).explain?.([], request())).toBe(diagnosis);
  expect(classifiedDriver(driver, [{ ...house, drivers: ["docker"] }])).toBe(driver);
});
