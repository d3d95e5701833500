import fc from "fast-check";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { redisQueue } from "../../../src/queues/redis.js";
import { respCommand, type RespReply, respReplies } from "../../../src/queues/resp.js";

const written = (reply: RespReply): string => {
  if (reply === null) return "$-1\r\n";
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === "number") return `:${String(reply)}\r\n`;
  if (typeof reply === "string") return `$${String(Buffer.byteLength(reply))}\r\n${reply}\r\n`;
  return `*${String(reply.length)}\r\n${reply.map(written).join("")}`;
};
const { reply: replies } = fc.letrec<{ reply: RespReply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string({ unit: "grapheme" }),
    fc.constant(null),
    fc.array(tie("reply"), { maxLength: 4 }),
  ),
}));

describe("respReplies", () => {
  it("reads what was written, and of a beginning only what is whole", () => {
    fc.assert(
      fc.property(fc.array(replies, { maxLength: 4 }), fc.nat(), (sent, cut) => {
        const bytes = Buffer.from(sent.map(written).join(""));
        expect(respReplies(bytes)).toEqual(sent);
        const part = respReplies(bytes.subarray(0, cut % (bytes.length + 1)));
        expect(part).toEqual(sent.slice(0, part.length));
      }),
    );
  });

  it("writes a command in bytes, not characters", () => {
    expect(respCommand(["LLEN", "é"])).toBe("*2\r\n$4\r\nLLEN\r\n$2\r\né\r\n");
  });
});

/** What answers every connection so, whatever it is asked. */
async function answering(text: string): Promise<Server> {
  const server = createServer((socket) =>
    socket
      .on("error", () => undefined)
      .resume()
      .end(text),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** A server that takes connections and says nothing. */
async function silent(): Promise<Server> {
  const server = createServer((socket) => void socket.on("error", () => undefined).resume()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("redisQueue", () => {
  const at = (url: string) => redisQueue({ url: new URL(url), queue: "jobs" });

  it.each([
    ["HTTP/1.1 400 Bad Request\r\n", "does not answer as redis does"],
    ["", "closed the connection"],
    ["-NOAUTH Authentication required.\r\n", "NOAUTH Authentication required."],
    ["+hash\r\n", "it is a hash, which is no queue"],
    ["+list\r\n", "does not answer as redis does"],
  ])("says what is wrong with a server that answers %j", async (text, said) => {
    await using server = await answering(text);
    const { port } = server.address() as { port: number };
    const depth = at(`redis://127.0.0.1:${String(port)}`).depth(new AbortController().signal);
    await expect(depth).rejects.toMatchObject({ code: "NOMAD_E_QUEUE_FAILED", message: expect.stringContaining(said) });
  });

  it.each(["rediss", "redis"])("names the queue of a %s that says nothing, before a look is over", async (scheme) => {
    await using server = await silent();
    const { port } = server.address() as { port: number };
    const url = new URL(`${scheme}://127.0.0.1:${String(port)}`);
    const depth = redisQueue({ url, queue: "jobs" }, 100).depth(new AbortController().signal);
    await expect(depth).rejects.toThrow(/127.0.0.1:\d+ jobs.*it has not answered after 0.1 s/);
  });

  it("is left by its signal while it connects, and nothing is thrown where nobody listens", async () => {
    await using server = await silent();
    const { port } = server.address() as { port: number };
    const thrown: unknown[] = [];
    const note = (error: unknown) => void thrown.push(error);
    process.on("uncaughtException", note);
    const leaving = new AbortController();
    const depth = at(`rediss://127.0.0.1:${String(port)}`).depth(leaving.signal);
    const outcome = expect(depth).rejects.toThrow("enough");
    await once(server, "connection");
    leaving.abort(new Error("enough"));
    await outcome;
    await new Promise(setImmediate);
    process.off("uncaughtException", note);
    expect(thrown).toEqual([]);
  });

  it("refuses a password with a bare %, and does not repeat it", () => {
    expect(() => at("redis://user:hush%@h")).toThrow(
      expect.objectContaining({ code: "NOMAD_E_REQUEST_INVALID", message: expect.not.stringContaining("hush") }),
    );
  });

  it.each(["redis:///0", "redis://h/jobs"])("refuses the address %s", (url) => {
    expect(() => at(url)).toThrow(expect.objectContaining({ code: "NOMAD_E_REQUEST_INVALID" }));
  });
});
