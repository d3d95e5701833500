import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createNomadClient } from "../../../src/client/index.js";
import { readObjects } from "../../../src/client/json-objects.js";
import type { Clock } from "../../../src/core/contracts/clock.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { fakeTransport } from "../../support/fake-transport.js";

async function* bytesOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A clock on which no pause takes time; others get their turn. */
const hasty: Clock = {
  now: () => 0,
  random: () => 0.5,
  sleep: async (_ms, signal) => {
    await nextTurn();
    signal.throwIfAborted();
  },
};
const eventsOf = (...texts: readonly string[]) =>
  createNomadClient({ env: {}, transport: fakeTransport({ stream: () => bytesOf(...texts) }) }).events;

describe("the event stream", () => {
  it("gives batches, whatever pieces they come in, and no heartbeats", async () => {
    const seen: number[] = [];
    const stream = eventsOf('{}\n{"Index":5,"Ev', 'ents":[{"Topic":"Job"}]}\n{}\n\n{"Index":6,"Events":[]}\n').stream();
    const ended = (async () => {
      for await (const { Index } of stream) seen.push(Index);
    })();
    await expect(ended).rejects.toMatchObject({ code: "NOMAD_E_WATCH_GAP", message: /ended/ });
    expect(seen).toEqual([5, 6]);
  });

  it.each([
    ["event dropped from buffer", "NOMAD_E_WATCH_GAP"],
    ["subscription closed by server, client should resubscribe", "NOMAD_E_WATCH_GAP"],
    ['{"Index":5}', "NOMAD_E_API_REPLY"],
    ['{"Index":', "NOMAD_E_API_REPLY"],
    ["[1]", "NOMAD_E_WATCH_GAP"],
  ])("says what %j means", async (line, code) => {
    await expect(all(eventsOf(`${line}\n`).stream())).rejects.toMatchObject({ code });
  });

  it("asks for what is wanted", async () => {
    const transport = fakeTransport({});
    const { events } = createNomadClient({ env: {}, transport });
    await expect(all(events.stream({ topics: ["Job:web", "Node"], index: 7, namespace: "*" }))).rejects.toThrow();
    expect(transport.calls[0]?.query).toEqual({ namespace: "*", topic: ["Job:web", "Node"], index: 7 });
  });
});

describe("objects that run together", () => {
  it("come one by one, with braces and quotes in their texts", async () => {
    const text = '{"a":"}{\\"}"}{"b":{"c":[{}]}}\n {"é":1}';
    for (const size of [1, 2, 3, 7, 100]) {
      const bytes = Buffer.from(text);
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const stream = (async function* () {
        yield* pieces;
      })();
      expect(await all(readObjects(stream, "GET /x"))).toEqual([{ a: '}{"}' }, { b: { c: [{}] } }, { é: 1 }]);
    }
  });

  it.each([["no braces}"], ["{nothing}"], [`{"a":"${"x".repeat(2 ** 21)}`]])("or are refused", async (text) => {
    await expect(all(readObjects(bytesOf(text), "GET /x"))).rejects.toMatchObject({ code: "NOMAD_E_API_REPLY" });
  });
});

describe("a followed log", () => {
  const frame = (text: string, offset: number) =>
    JSON.stringify({ File: "alloc/logs/main.stdout.0", Offset: offset, Data: Buffer.from(text).toString("base64") });

  it("goes on where a connection broke, and ends with its task", async () => {
    let looks = 0;
    const written = "one\ntwo\n";
    let state = "running";
    const transport = fakeTransport({
      stream: ({ query }, signal) => {
        looks += 1;
        const from = Number(query?.["offset"]);
        return (async function* () {
          if (looks === 1) {
            yield Buffer.from(frame("one\n", 4));
            throw new LauncherError("NOMAD_E_TRANSPORT_BROKEN", {});
          }
          yield Buffer.from(frame(written.slice(from), written.length));
          state = "complete";
          if (query?.["follow"] === true) await aborted(signal);
        })();
      },
    });
    let index = 0;
    const request = async () => {
      await nextTurn();
      const body = { ClientStatus: state, TaskStates: { main: { State: state === "running" ? state : "dead" } } };
      return { status: 200, index: (index += 1), body };
    };
    const { logs } = createNomadClient({ env: {}, transport: { ...transport, request }, clock: hasty });
    const pieces = await all(logs.follow("a", "main"));
    expect(pieces.map(({ bytes }) => Buffer.from(bytes).toString()).join("")).toBe(written);
  });

  it("fails when it cannot be read", async () => {
    const transport = fakeTransport({
      request: () => ({ ClientStatus: "running" }),
      stream: async function* () {
        throw new LauncherError("NOMAD_E_API_FORBIDDEN", {});
      },
    });
    const { logs } = createNomadClient({ env: {}, transport, clock: hasty });
    await expect(all(logs.follow("a", "main"))).rejects.toMatchObject({ code: "NOMAD_E_API_FORBIDDEN" });
  });
});

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
