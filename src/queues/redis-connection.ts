import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { respCommand, type RespReply, respReplies } from "./resp.js";

/** More than any reply that is asked for has: what sends more is no redis. */
const longest = 1024 * 1024;

/**
 * Sends commands to redis in one go, and reads as many replies.
 *
 * A connection of its own each time: there is none to find broken when redis comes back, and a look every few seconds costs it nothing.
 * @throws Error of the socket; redis's own words for a command it refuses; the signal's reason.
 */
export async function askRedis(
  url: URL,
  commands: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<readonly RespReply[]> {
  signal.throwIfAborted();
  const socket = open(url);
  const leave = () => socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener("abort", leave, { once: true });
  try {
    await once(socket, url.protocol === "rediss:" ? "secureConnect" : "connect", { signal });
    socket.write(commands.map(respCommand).join(""));
    return await read(socket, commands.length);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", leave);
    socket.destroy();
  }
}

function open(url: URL): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const place = { host, port: Number(url.port || 6379) };
  // A name of the certificate can only be asked for where it is a name.
  const socket =
    url.protocol === "rediss:"
      ? connectTls({ ...place, ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }) })
      : connect(place);
  // Whoever waits is told; once nobody does any more, an error with no listener would end the process.
  return socket.on("error", () => undefined);
}

async function read(socket: Socket, wanted: number): Promise<readonly RespReply[]> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    const replies = respReplies(bytes);
    const refused = replies.find((reply) => reply instanceof Error);
    if (refused !== undefined) throw refused;
    if (replies.length >= wanted) return replies;
    if (bytes.length > longest) throw new Error("it sends more than was asked for");
  }
  throw new Error("it closed the connection");
}
