import { askRedis } from "../../src/queues/redis-connection.js";
import type { RespReply } from "../../src/queues/resp.js";

/** One command to redis, and its reply. */
export async function redis(url: string, ...words: string[]): Promise<RespReply | undefined> {
  return (await askRedis(new URL(url), [words], AbortSignal.timeout(10_000))).at(-1);
}

/** Puts so many messages into a list. */
export async function push(url: string, queue: string, messages: number): Promise<void> {
  if (messages > 0)
    await redis(url, "RPUSH", queue, ...Array.from({ length: messages }, (_, at) => `message ${String(at)}`));
}
