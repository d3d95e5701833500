import type { QueueAddress, QueueSource } from "../core/contracts/queue-source.js";
import { refuse } from "../core/errors/refuse.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { askRedis } from "./redis-connection.js";
import type { RespReply } from "./resp.js";

/** How long redis may take to count, in milliseconds: less than a look of the autoscaler, which could not say whose silence it was. */
const answerMs = 15_000;
/** How to count what is in a key, by its type. Source: https://redis.io/docs/latest/commands/type/ */
const counts: Readonly<Record<string, string>> = { list: "LLEN", stream: "XLEN", set: "SCARD", zset: "ZCARD" };

/**
 * A queue in redis: `redis://[user:password@]host[:6379][/database]`, `rediss://` for TLS. A list (as Celery, RQ and Sidekiq have), set or sorted
 * set has as many messages as members. So has a stream; with `?group=NAME` those count that the group has not acknowledged.
 * @param limitMs - how long it may take to count, in milliseconds. Default 15,000.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for an address that is none of redis's.
 */
export function redisQueue({ url, queue }: QueueAddress, limitMs = answerMs): QueueSource {
  check(url, queue);
  const group = url.searchParams.get("group");
  const database = url.pathname.slice(1);
  const before = [...authOf(url), ...(database === "" ? [] : [["SELECT", database]])];
  const ask = async (command: readonly string[], signal: AbortSignal) =>
    (await askRedis(url, [...before, command], signal)).at(-1);
  const origin = `redis ${url.host}${url.pathname.replace(/^\/$/, "")} ${queue}`;
  const count = async (signal: AbortSignal): Promise<number> => {
    const type = await ask(["TYPE", queue], signal);
    if (type === "none") return 0;
    if (type === "stream" && group !== null) return owed(await ask(["XINFO", "GROUPS", queue], signal), group);
    const command = counts[String(type)];
    if (command === undefined) throw new Error(`it is a ${String(type)}, which is no queue`);
    const found = await ask([command, queue], signal);
    if (typeof found !== "number") throw new Error("it does not answer as redis does");
    return found;
  };
  return {
    origin,
    depth: async (signal) => {
      const late = AbortSignal.timeout(limitMs);
      try {
        return await count(AbortSignal.any([signal, late]));
      } catch (error) {
        if (signal.aborted) throw error;
        const own = error instanceof Error ? error.message : String(error);
        const reason = late.aborted ? `it has not answered after ${String(limitMs / 1000)} s` : own;
        throw new LauncherError("NOMAD_E_QUEUE_FAILED", { queue: origin, reason }, { cause: error });
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function check(url: URL, queue: string): void {
  const cure = "Write it like redis://127.0.0.1:6379/0, rediss:// for TLS.";
  if (url.hostname === "") throw refuse("url", "it names no host", cure);
  if (!/^\/?\d*$/.test(url.pathname)) throw refuse("url", `${url.pathname} is no number of a database`, cure);
  if (queue === "") throw refuse("queue", "it is empty", "Name the key whose messages are counted.");
}

function authOf({ username, password }: URL): string[][] {
  if (password === "") return [];
  const words = [username, password].map(decoded);
  return [["AUTH", ...(words[0] === "" ? words.slice(1) : words)]];
}

/** What is wrong with a password is said without it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse("url", "there is a % in its user or password that begins no code", "Write %25 for a %.");
  }
}

/** What a group has still to do: delivered and not acknowledged, and not delivered. Source: https://redis.io/docs/latest/commands/xinfo-groups/ */
function owed(reply: RespReply | undefined, group: string): number {
  const found = (Array.isArray(reply) ? reply : []).map(fieldsOf).find((fields) => fields.get("name") === group);
  if (found === undefined) throw new Error(`it has no group ${group}`);
  const lag = found.get("lag");
  if (typeof lag !== "number") throw new Error(`redis cannot tell how far the group ${group} is behind`);
  return lag + Number(found.get("pending"));
}

function fieldsOf(reply: RespReply): ReadonlyMap<RespReply | undefined, RespReply | undefined> {
  const flat = Array.isArray(reply) ? (reply as readonly RespReply[]) : [];
  return new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]] as const] : [])));
}
