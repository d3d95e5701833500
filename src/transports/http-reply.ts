import type { Dispatcher } from "undici";
import type { ApiReply } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { CallContext } from "./call-context.js";
import { classifyReply, isPage } from "./classify-reply.js";

/** Largest reply to keep in memory, in bytes: a hostile or broken server must not fill it. */
export const largestReply = 64 * 1024 * 1024;
/** Largest refusal to read, in bytes. */
const largestRefusal = 64 * 1024;

/**
 * Reads a complete successful reply.
 * @throws LauncherError `NOMAD_E_API_REPLY` when it is too large or not JSON, `NOMAD_E_TRANSPORT_NOT_NOMAD` when it is a web page.
 */
export async function readReply(
  reply: Dispatcher.ResponseData,
  context: CallContext,
  limit = largestReply,
): Promise<ApiReply> {
  const { bytes, whole } = await collect(reply, limit);
  if (!whole) throw notUnderstood(context, `it is larger than ${String(limit / 1024 / 1024)} MiB`);
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
export async function readRefusal(reply: Dispatcher.ResponseData, context: CallContext): Promise<LauncherError> {
  const { bytes } = await collect(reply, largestRefusal);
  const [type, location] = [headerOf(reply, "content-type"), headerOf(reply, "location")];
  return classifyReply({ status: reply.statusCode, type, location, text: bytes.toString("utf8") }, context);
}

async function collect({ body }: Dispatcher.ResponseData, limit: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    // Leaving the loop destroys the body, and with it the connection.
    if (size > limit) return { bytes: Buffer.concat(chunks), whole: false };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks, size), whole: true };
}

function parse(text: string, type: string, context: CallContext): unknown {
  if (text === "") return undefined;
  if (isPage(type, text)) {
    const { address, call, site } = context;
    throw new LauncherError("NOMAD_E_TRANSPORT_NOT_NOMAD", { address, call, site, reason: "a web page" });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notUnderstood(context, "it is not JSON", cause);
  }
}

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
