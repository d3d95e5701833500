import type { Dispatcher } from "undici";
import type { Clock } from "../core/contracts/clock.js";
import type { ApiReply } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { CallContext } from "./call-context.js";
import { classifyReply, isPage } from "./classify-reply.js";

/** Largest reply to keep in memory, in bytes: a hostile or broken server must not fill it. */
export const largestReply = 64 * 1024 * 1024;
/** Largest refusal to read, in bytes. */
const largestRefusal = 64 * 1024;
/** Longest time for a body, in milliseconds: one that comes byte by byte is never silent, and never there. */
const longestBodyMs = 120_000;

/**
 * Reads a complete successful reply.
 * @throws LauncherError `NOMAD_E_API_REPLY` when it is too large or not JSON, `NOMAD_E_TRANSPORT_NOT_NOMAD` when it is a web
 * page, `NOMAD_E_TRANSPORT_TIMEOUT` when it takes longer than two minutes.
 */
export async function readReply(reply: Dispatcher.ResponseData, context: CallContext, clock: Clock): Promise<ApiReply> {
  const { bytes, ended } = await collect(reply, largestReply, clock);
  if (ended === "too large")
    throw notUnderstood(context, `it is larger than ${String(largestReply / 1024 / 1024)} MiB`);
  if (ended === "too slow")
    throw new LauncherError("NOMAD_E_TRANSPORT_TIMEOUT", { ...placeOf(context), seconds: longestBodyMs / 1000 });
  const text = bytes.toString("utf8");
  const nextToken = headerOf(reply, "x-nomad-nexttoken");
  return {
    status: reply.statusCode,
    index: indexOf(reply),
    ...(nextToken !== "" && { nextToken }),
    body: parse(text, headerOf(reply, "content-type"), context),
  };
}

/** Reads a refusing reply and says what it means. */
export async function readRefusal(
  reply: Dispatcher.ResponseData,
  context: CallContext,
  clock: Clock,
): Promise<LauncherError> {
  const { bytes } = await collect(reply, largestRefusal, clock);
  const [type, location] = [headerOf(reply, "content-type"), headerOf(reply, "location")];
  return classifyReply({ status: reply.statusCode, type, location, text: bytes.toString("utf8") }, context);
}

/**
 * Refuses a web page in place of a stream, before anybody reads it.
 * @throws LauncherError `NOMAD_E_TRANSPORT_NOT_NOMAD`
 */
export function checkStream(reply: Dispatcher.ResponseData, context: CallContext): void {
  if (!isPage(headerOf(reply, "content-type"), "")) return;
  reply.body.destroy();
  throw aPage(context);
}

interface Collected {
  readonly bytes: Buffer;
  readonly ended: "whole" | "too large" | "too slow";
}

async function collect({ body }: Dispatcher.ResponseData, limit: number, clock: Clock): Promise<Collected> {
  const until = clock.now() + longestBodyMs;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    const ended = size > limit ? "too large" : clock.now() > until ? "too slow" : undefined;
    // Leaving the loop destroys the body, and with it the connection.
    if (ended !== undefined) return { bytes: Buffer.concat(chunks), ended };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks, size), ended: "whole" };
}

function parse(text: string, type: string, context: CallContext): unknown {
  if (text === "") return undefined;
  if (isPage(type, text)) throw aPage(context);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notUnderstood(context, "it is not JSON", cause);
  }
}

function aPage(context: CallContext): LauncherError {
  return new LauncherError("NOMAD_E_TRANSPORT_NOT_NOMAD", { ...placeOf(context), reason: "a web page" });
}

const placeOf = ({ address, call, site }: CallContext) => ({ address, call, site });

function notUnderstood({ call, address }: CallContext, problem: string, cause?: unknown): LauncherError {
  return new LauncherError(
    "NOMAD_E_API_REPLY",
    { call, address, problem },
    cause === undefined ? undefined : { cause },
  );
}

function indexOf(reply: Dispatcher.ResponseData): number {
  const index = Number(headerOf(reply, "x-nomad-index"));
  return Number.isSafeInteger(index) && index > 0 ? index : 0;
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
