import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { canExec, type ExecIo } from "../../../src/core/contracts/task-exec.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { silentLogger } from "../../support/silent-logger.js";
import { never, siteAt } from "../../support/transport-site.js";

type Frame = Record<string, unknown> & { readonly stdin?: { readonly data?: string; readonly close?: boolean } };

/** An agent's end of the sockets: what it was sent, and what a test makes of it. */
class Agent {
  readonly frames: Frame[] = [];
  readonly #server: WebSocketServer;
  readonly #socket = Promise.withResolvers<WebSocket>();

  constructor(pongs: boolean) {
    this.#server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: pongs });
    this.#server.on("connection", (socket) => {
      socket.on("message", (data) => this.frames.push(JSON.parse((data as Buffer).toString()) as Frame));
      this.#socket.resolve(socket);
    });
  }
  get socket(): Promise<WebSocket> {
    return this.#socket.promise;
  }
  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }
  async exit(code: number): Promise<void> {
    (await this.socket).send(JSON.stringify({ exited: true, result: { exit_code: code } }));
  }
  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}

let agent: Agent;
let clock: ManualClock;
const credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};
const open = async (pongs: boolean) => {
  agent = new Agent(pongs);
  await new Promise((resolve) => setImmediate(resolve));
};

function exec(io: Partial<ExecIo>, tty = false): Promise<number> {
  const transport = createHttpTransport({ site: siteAt(agent.address), credentials, clock, logger: silentLogger });
  if (!canExec(transport)) throw new Error("the http transport can exec");
  const call = { allocationId: "a", task: "main", command: ["true"], namespace: "default", tty };
  return transport.exec(call, { output: () => undefined, ...io }, never());
}

/** Lets heartbeats pass, each noticed by the agent before the next: as many as go by before it ends. */
async function beats(count: number, ended: Promise<unknown>): Promise<number> {
  let over = false;
  const done = ended.then(
    () => (over = true),
    () => (over = true),
  );
  const socket = await agent.socket;
  let passed = 0;
  for (; passed < count && !over; passed += 1) {
    const pinged = once(socket, "ping");
    await clock.advance(10_000);
    await Promise.race([pinged, done]);
  }
  return passed;
}

beforeEach(() => {
  clock = new ManualClock();
});
afterEach(() => agent.close());

describe("a command's socket", () => {
  it("ends when the agent is silent for 90 s", async () => {
    await open(false);
    const ended = exec({});
    expect(await beats(30, ended)).toBe(9);
    await expect(ended).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_TIMEOUT", facts: { seconds: 90 } });
  });

  it("stays open while the agent answers, with empty frames of ours as Nomad's own client sends them", async () => {
    await open(true);
    const ended = exec({});
    expect(await beats(30, ended)).toBe(30);
    await agent.exit(4);
    expect(await ended).toBe(4);
    expect(agent.frames.filter((frame) => Object.keys(frame).length === 0).length).toBeGreaterThan(20);
  });

  it("ends when nothing answers its opening for 30 s", async () => {
    await open(true);
    const deaf = createServer((socket) => deafened.push(socket)).listen(0, "127.0.0.1");
    const deafened: Socket[] = [];
    await once(deaf, "listening");
    const address = `http://127.0.0.1:${String((deaf.address() as AddressInfo).port)}`;
    const other = createHttpTransport({ site: siteAt(address), credentials, clock, logger: silentLogger });
    if (!canExec(other)) throw new Error("the http transport can exec");
    const call = { allocationId: "a", task: "main", command: ["true"], namespace: "default" };
    const ended = other.exec(call, { output: () => undefined }, never()).then(String, (error: unknown) => error);
    await clock.advance(60_000);
    expect(await ended).toMatchObject({ code: "NOMAD_E_TRANSPORT_TIMEOUT", facts: { seconds: 30 } });
    for (const socket of deafened) socket.destroy();
    deaf.close();
  });

  it("is not taken for dead while a command leaves its input unread; a keyboard's is", async () => {
    for (const tty of [false, true]) {
      await open(false);
      const typed = async function* () {
        yield Buffer.from("x");
        await once(await agent.socket, "close");
      };
      const ended = exec({ input: typed() }, tty);
      expect(await beats(30, ended)).toBe(tty ? 9 : 30);
      agent.close();
      await expect(ended).rejects.toMatchObject({ code: /^NOMAD_E_TRANSPORT_/ });
    }
  });

  it("is closed when the input fails, which is what the caller hears of", async () => {
    await open(true);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      await agent.socket;
      throw new Error("the disk is gone");
      yield Buffer.of();
    };
    const closed = agent.socket.then((socket) => once(socket, "close"));
    await expect(exec({ input: broken() })).rejects.toThrow("the disk is gone");
    await closed;
  });

  it("reads no faster than the output is taken, and all of it", async () => {
    await open(true);
    const gate = Promise.withResolvers<undefined>();
    let taken = 0;
    const output = async (_stream: string, bytes: Uint8Array) => {
      await gate.promise;
      taken += bytes.length;
    };
    const ended = exec({ output });
    const socket = await agent.socket;
    const data = Buffer.alloc(64 * 1024).toString("base64");
    for (let frame = 0; frame < 400; frame += 1) socket.send(JSON.stringify({ stdout: { data } }));
    await agent.exit(0);
    // Not a beat of this is silence of the agent's: we do not read.
    expect(await Promise.race([ended, clock.advance(300_000)])).toBeUndefined();
    expect(socket.bufferedAmount).toBeGreaterThan(1_000_000);
    gate.resolve(undefined);
    expect([await ended, taken]).toEqual([0, 400 * 64 * 1024]);
  });

  it("says a terminal's size before anything, each change, and the end of input as a keyboard does", async () => {
    await open(true);
    const sizes = async function* () {
      yield { height: 24, width: 80 };
      yield { height: 30, width: 100 };
    };
    const keys = async function* () {
      yield Buffer.from("ls\r");
    };
    const ended = exec({ sizes: sizes(), input: keys() }, true);
    const socket = await agent.socket;
    while (agent.frames.length < 4) await once(socket, "message");
    await agent.exit(0);
    await ended;
    const b64 = (text: string) => ({ stdin: { data: Buffer.from(text).toString("base64") } });
    expect(agent.frames.filter((frame) => "tty_size" in frame)).toEqual([
      { tty_size: { height: 24, width: 80 } },
      { tty_size: { height: 30, width: 100 } },
    ]);
    expect(agent.frames[0]).toHaveProperty("tty_size");
    expect(agent.frames.filter((frame) => "stdin" in frame)).toEqual([b64("ls\r"), b64("\x04")]);
  });

  it("asks for no terminal and says no size unless it is wanted", async () => {
    await open(true);
    const sizes = async function* () {
      yield { height: 24, width: 80 };
    };
    const ended = exec({ sizes: sizes() });
    const socket = await agent.socket;
    while (agent.frames.length < 1) await once(socket, "message");
    await agent.exit(0);
    await ended;
    expect(agent.frames).toEqual([{ stdin: { close: true } }]);
  });
});
