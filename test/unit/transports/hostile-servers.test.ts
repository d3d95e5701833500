import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import type { Clock } from "../../../src/core/contracts/clock.js";
import type { CanExec } from "../../../src/core/contracts/task-exec.js";
import type { ApiCall, NomadTransport } from "../../../src/core/contracts/transport.js";
import { describeError } from "../../../src/core/errors/launcher-error.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { splitLines } from "../../../src/transports/watchers/event-lines.js";
import { silentLogger } from "../../support/silent-logger.js";
import { never, siteAt } from "../../support/transport-site.js";

const gigabyte = 1024 ** 3;
const mebibyte = 1024 ** 2;
/** More than the cap, and what the garbage collector may be late with. */
const memoryLimit = 400 * mebibyte;
const get: ApiCall = { method: "GET", path: "/jobs" };
/** POST is not repeated once it may have arrived. */
const post: ApiCall = { method: "POST", path: "/jobs", body: {} };
const credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};
/** Sleeping takes no time; each look at the clock is a second later than the last where a test says so. */
const clockOf = (step = 0): Clock => {
  let now = 0;
  return { now: () => (now += step), random: () => 0, sleep: () => Promise.resolve() };
};
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const http = (answer: RequestListener) => listen(createServer(answer));

/** A server that answers each connection's first bytes with these, and leaves it open. */
const raw = (...parts: string[]) =>
  listen(createTcpServer((socket) => socket.once("data", () => parts.forEach((part) => socket.write(part)))));

function open(address: string, clock = clockOf()): NomadTransport & CanExec {
  const transport = createHttpTransport({ site: siteAt(address), credentials, clock, logger: silentLogger });
  cleanups.push(() => transport[Symbol.asyncDispose]());
  return transport as NomadTransport & CanExec;
}

const failureOf = (work: Promise<unknown>) => work.then((value) => `accepted ${JSON.stringify(value)}`, describeError);
const ask = (address: string, call: ApiCall = { ...post, silenceMs: 2_000 }, clock = clockOf()) =>
  failureOf(open(address, clock).request(call, never()));

/** Sends the same bytes as fast as they are taken, up to so many; returns how many were. */
function pour(reply: ServerResponse, total = 10 * gigabyte): { readonly sent: () => number } {
  const chunk = Buffer.alloc(mebibyte, "a");
  let sent = 0;
  const more = () => {
    while (sent < total && !reply.destroyed) {
      sent += chunk.length;
      if (!reply.write(chunk)) return void reply.once("drain", more);
    }
  };
  more();
  return { sent: () => sent };
}

/** Ten gigabytes without an end, and what becomes of those who read them. */
async function endless(read: (transport: NomadTransport & CanExec) => Promise<unknown>, first = "", status = 200) {
  let poured = { sent: () => 0 };
  const address = await http((_request, reply) => {
    reply.writeHead(status, { "content-type": "application/json" }).write(first);
    poured = pour(reply);
  });
  const before = process.memoryUsage().rss;
  const text = await failureOf(read(open(address)));
  return { text, sent: poured.sent(), grown: process.memoryUsage().rss - before };
}

async function drain(bytes: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of bytes) if (piece === undefined) return;
}

describe("ten gigabytes without an end", () => {
  it.each<[string, string, number, (transport: NomadTransport) => Promise<unknown>, RegExp]>([
    ["as a reply", "[", 200, (transport) => transport.request(post, never()), /API_REPLY.*larger than 64 MiB/],
    ["as a refusal", "no, ", 400, (transport) => transport.request(post, never()), /API_REFUSED.{0,600}…/],
    [
      "as an event line",
      '{"Index":1,"Events":[',
      200,
      async (transport) => drain(splitLines(await transport.stream({ method: "GET", path: "/event/stream" }, never()))),
      /API_REPLY.*a line has no end/,
    ],
  ])("%s, are left after some megabytes, with a code", async (_name, first, status, read, told) => {
    const { text, sent, grown } = await endless(read, first, status);
    expect(text).toMatch(told);
    expect(text.length).toBeLessThan(1_000);
    expect(sent).toBeLessThan(100 * mebibyte);
    expect(grown).toBeLessThan(memoryLimit);
  });
});

describe("replies of a server that is not what it should be", () => {
  it("in another type are read all the same: Nomad itself sends text/plain at times", async () => {
    const address = await http((_request, reply) => reply.writeHead(200, { "content-type": "image/png" }).end("[1]"));
    expect(await ask(address)).toContain('"body":[1]');
  });

  it("a web page in place of a stream is told before anybody reads it", async () => {
    const address = await http((_request, reply) =>
      reply.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<p>Sign in</p>"),
    );
    const stream = open(address).stream({ method: "GET", path: "/event/stream" }, never());
    expect(await failureOf(stream)).toMatch(/NOMAD_E_TRANSPORT_NOT_NOMAD.*a web page/);
  });

  it("an error's text under 200 is no reply", async () => {
    const address = await http((_request, reply) => reply.end("rpc error: No cluster leader"));
    expect(await ask(address)).toMatch(/NOMAD_E_API_REPLY.*POST \/jobs.*not JSON/);
  });

  it("redirects without end are not followed once", async () => {
    let asked = 0;
    const address = await http((request, reply) => {
      asked += 1;
      reply.writeHead(307, { location: `${String(request.url)}x` }).end();
    });
    expect(await ask(address)).toMatch(/NOMAD_E_TRANSPORT_NOT_NOMAD.*HTTP 307, a redirect to \/v1\/jobsx/);
    expect(asked).toBe(1);
  });

  it("a small reply that would unpack to gigabytes is not unpacked: nothing packed was asked for", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * mebibyte, " "));
    let accepted: unknown = "never asked";
    const address = await http((request, reply) => {
      accepted = request.headers["accept-encoding"];
      reply.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
    });
    expect(await ask(address)).toMatch(/NOMAD_E_API_REPLY.*not JSON/);
    expect(accepted).toBeUndefined();
  });

  it.each([
    ["none at all", []],
    ["text", ["x-nomad-index: soon"]],
    ["a negative number", ["x-nomad-index: -5"]],
    ["a fraction", ["x-nomad-index: 1.5"]],
    ["more than a number holds", ["x-nomad-index: 99999999999999999999"]],
  ])("an index that is %s is 0", async (_name, headers) => {
    const lines = ["HTTP/1.1 200 OK", "content-length: 2", ...headers, "", "[]"].join("\r\n");
    expect(await ask(await raw(lines))).toContain('"index":0');
  });

  it("of two indexes the first counts", async () => {
    const lines = ["HTTP/1.1 200 OK", "content-length: 2", "x-nomad-index: 7", "x-nomad-index: 9", "", "[]"];
    expect(await ask(await raw(lines.join("\r\n")))).toContain('"index":7');
  });

  it("keys that name prototypes stay keys", async () => {
    const address = await http((_request, reply) => reply.end('{"__proto__":{"spoiled":1},"constructor":{"a":1}}'));
    const { body } = await open(address).request(get, never());
    expect(Object.keys(body as object)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>)["spoiled"]).toBeUndefined();
  });
});

describe("replies that never come to their end", () => {
  it.each([
    ["a length that is too long", ["HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n[]"], "NOMAD_E_TRANSPORT_TIMEOUT"],
    ["a length that is too short", ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n[]"], "NOMAD_E_API_REPLY"],
    [
      "two lengths",
      ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n[]"],
      "NOMAD_E_TRANSPORT_BROKEN",
    ],
    ["chunks that are none", ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"], "NOT_NOMAD"],
    [
      "a head without end",
      [
        "HTTP/1.1 200 OK\r\n",
        ..."x"
          .repeat(40)
          .split("")
          .map((n, i) => `${n}${String(i)}: ${"y".repeat(1_000)}\r\n`),
      ],
      "NOT_NOMAD",
    ],
  ])("%s", async (_name, parts, code) => {
    expect(await ask(await raw(...parts), { ...post, silenceMs: 300 })).toContain(code);
  });

  it("a head that comes letter by letter ends in time", async () => {
    const address = await listen(
      createTcpServer((socket) => {
        const drip = setInterval(() => socket.write("x"), 50);
        socket.on("close", () => clearInterval(drip));
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nx-slow: "));
      }),
    );
    expect(await ask(address, { ...post, silenceMs: 500 })).toContain("NOMAD_E_TRANSPORT_TIMEOUT");
  });

  it("a body that comes letter by letter ends in time, though it is never silent", async () => {
    const address = await http((_request, reply) => {
      const drip = setInterval(() => reply.write(" "), 10);
      reply.on("close", () => clearInterval(drip));
    });
    // Two minutes, as the clock of this test goes.
    expect(await ask(address, post, clockOf(10_000))).toMatch(/NOMAD_E_TRANSPORT_TIMEOUT.*within 120 s/);
  });
});

describe("a command's socket", () => {
  const call = { allocationId: "a", task: "main", namespace: "default", command: ["true"] };

  /** A server that says these frames once the socket is open. */
  async function speaking(...frames: (string | Buffer)[]): Promise<string> {
    const server = createServer();
    const sockets = new WebSocketServer({ server, perMessageDeflate: true });
    sockets.on("connection", (socket) => {
      socket.on("error", () => undefined);
      for (const frame of frames) socket.send(frame);
    });
    return listen(server);
  }
  const run = async (address: string, output: (stream: string, bytes: Uint8Array) => void = () => undefined) =>
    failureOf(open(address, new ManualClock()).exec(call, { output }, never()));

  it.each([
    ["null", /frame is null/],
    ["[]", /frame is a list/],
    ["<html>", /a frame is not JSON/],
    ['{"stdout":7}', /frame\.stdout is a number, not an object/],
    ['{"stderr":{"data":7}}', /frame\.stderr\.data is a number, not a string/],
    ['{"exited":true,"result":{"exit_code":"0"}}', /frame\.result\.exit_code is a string/],
    ['{"exited":"yes"}', /frame\.exited is a string/],
  ])("that says %s is refused with a code", async (frame, problem) => {
    const text = await run(await speaking(frame));
    expect(text).toContain("NOMAD_E_API_REPLY");
    expect(text).toMatch(problem);
  });

  it("does not gather a frame without end", async () => {
    const text = await run(await speaking(Buffer.alloc(32 * mebibyte, "a")));
    expect(text).toMatch(/NOMAD_E_API_REPLY.*payload/i);
  });

  it("hands what the output's taker throws to the caller, and not to the process", async () => {
    const frame = JSON.stringify({ stdout: { data: Buffer.from("x").toString("base64") } });
    const take = () => {
      throw new Error("the disk is full");
    };
    expect(await run(await speaking(frame), take)).toBe("the disk is full");
  });

  it("that is refused with ten gigabytes reads some of them", async () => {
    let poured = { sent: () => 0 };
    const server = createServer();
    server.on("upgrade", (_request, socket) => {
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 500 No\r\n\r\nno, ");
      poured = pour(socket as unknown as ServerResponse);
    });
    const text = await run(await listen(server));
    expect(text).toMatch(/NOMAD_E_API_SERVER/);
    expect(text.length).toBeLessThan(1_000);
    expect(poured.sent()).toBeLessThan(100 * mebibyte);
  });

  it("that is no WebSocket is told as such", async () => {
    const server = createServer();
    server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
    });
    expect(await run(await listen(server))).toContain("NOMAD_E_TRANSPORT_NOT_NOMAD");
  });
});
