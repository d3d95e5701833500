import { describe, expect, it } from "vitest";
import { createNomadClient } from "../../../src/client/index.js";
import type { Clock } from "../../../src/core/contracts/clock.js";
import type { ApiCall, ApiReply } from "../../../src/core/contracts/transport.js";
import { fakeTransport } from "../../support/fake-transport.js";

/** A clock on which no pause takes time. */
const hasty: Clock = { now: () => 0, random: () => 0.5, sleep: async () => undefined };

/** A client whose replies are given, in order (a body, or `{ reply }`); the last one again and again. */
function clientOf(...replies: readonly unknown[]) {
  const transport = fakeTransport({});
  let at = 0;
  const request = async (call: ApiCall): Promise<ApiReply> => {
    transport.calls.push(call);
    const next = replies[Math.min(at++, replies.length - 1)];
    const isReply = typeof next === "object" && next !== null && "reply" in next;
    return { status: 200, index: 1, body: next, ...(isReply && (next.reply as object)) };
  };
  const client = createNomadClient({ transport: { ...transport, request }, env: {}, clock: hasty });
  return { client, calls: transport.calls };
}

const page = (body: unknown, nextToken?: string) => ({
  reply: { body, ...(nextToken !== undefined && { nextToken }) },
});
const at = (index: number, body: unknown = [index]) => ({ reply: { index, body } });

describe("what is sent", () => {
  it("is one segment for each name, whatever characters it has", async () => {
    const { client, calls } = clientOf({});
    await client.jobs.read("a/b c?d#é%2F");
    expect(calls[0]?.path).toBe(`/job/${encodeURIComponent("a/b c?d#é%2F")}`);
    expect(calls[0]?.path).toBe("/job/a%2Fb%20c%3Fd%23%C3%A9%252F");
  });

  it.each(["", ".", ".."])("is never a path to something else: %j is no name", (id) => {
    const { client, calls } = clientOf({});
    expect(() => client.jobs.read(id)).toThrow(expect.objectContaining({ code: "NOMAD_E_REQUEST_INVALID" }));
    expect(calls).toEqual([]);
  });

  it("has the options as Nomad names them, and the client's namespace", async () => {
    const { client, calls } = clientOf([]);
    await client.jobs.list({
      prefix: "a",
      filter: 'Status == "dead"',
      perPage: 3,
      nextToken: "t",
      reverse: true,
      stale: true,
      region: "eu",
    });
    expect(calls[0]?.query).toMatchObject({
      namespace: "default",
      region: "eu",
      prefix: "a",
      filter: 'Status == "dead"',
      per_page: 3,
      next_token: "t",
      reverse: true,
      stale: true,
    });
    expect(calls[0]?.query?.["index"]).toBeUndefined();
  });

  it("waits for an index, and gives the reply the time", async () => {
    const { client, calls } = clientOf([]);
    await client.jobs.list({ index: 7, waitSeconds: 160, namespace: "*" });
    expect(calls[0]).toMatchObject({ query: { index: 7, wait: "160s", namespace: "*" }, silenceMs: 190_000 });
  });
});

describe("a query", () => {
  it("is sent when it is awaited, once", async () => {
    const { client, calls } = clientOf([1]);
    const query = client.jobs.list();
    expect(calls).toEqual([]);
    expect([await query, await query]).toEqual([[1], [1]]);
    expect(calls).toHaveLength(1);
  });

  it("gives the index with its value", async () => {
    const { client } = clientOf(at(12, { ID: "job" }));
    expect(await client.jobs.read("job").reply()).toEqual({ value: { ID: "job" }, index: 12 });
  });

  it("comes page by page, to the last", async () => {
    const { client, calls } = clientOf(page([1, 2], "b"), page([3, 4], "c"), page([5]));
    const pages = [];
    for await (const one of client.jobs.list().pages()) pages.push(one);
    expect(pages).toEqual([[1, 2], [3, 4], [5]]);
    expect(calls.map(({ query }) => [query?.["per_page"], query?.["next_token"]])).toEqual([
      [100, undefined],
      [100, "b"],
      [100, "c"],
    ]);
  });

  it("is watched: changes only, and anew when the index goes backwards", async () => {
    const { client, calls } = clientOf(at(5), at(5), at(9), at(3), at(3), at(4));
    const seen: number[] = [];
    for await (const { index } of client.jobs.list().watch()) {
      seen.push(index);
      if (index === 4) break;
    }
    expect(seen).toEqual([5, 9, 3, 4]);
    expect(calls.map(({ query }) => query?.["index"])).toEqual([undefined, 5, 5, 9, undefined, 3]);
  });
});

describe("a reply that is not what Nomad documents", () => {
  it.each([
    ["an object", { a: 1 }],
    ["a string", "leader"],
  ])("%s instead of a list", async (kind, body) => {
    const { client } = clientOf(body);
    await expect(client.jobs.list()).rejects.toMatchObject({
      code: "NOMAD_E_API_REPLY",
      message: `Nomad's reply to GET /jobs is not understood: it is ${kind}, not a list.`,
    });
  });

  it.each([
    ["a list", []],
    ["null", null],
    ["empty", undefined],
    ["a number", 3],
  ])("%s instead of an object", async (kind, body) => {
    const { client } = clientOf(body);
    await expect(client.jobs.read("job")).rejects.toMatchObject({
      code: "NOMAD_E_API_REPLY",
      message: expect.stringContaining(`it is ${kind}, not an object`),
    });
  });

  it("null is an empty list: Go writes it so", async () => {
    expect(await clientOf(null).client.jobs.list()).toEqual([]);
  });
});
