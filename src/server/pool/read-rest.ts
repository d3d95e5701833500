import type { LogStream } from "../../core/contracts/log-sink.js";
import type { NomadTransport } from "../../core/contracts/transport.js";
import type { Placement } from "../../core/model/progress.js";
import { parseProtocol } from "../protocol.js";
import type { Flight } from "./item.js";
import { type ItemEnd, noted } from "./messages.js";

/** How long the node may take to hand out what a dead worker left, in milliseconds. */
const patienceMs = 10_000;
/** So much of the end of the list of ends is read, in bytes: many lines, of which the item's is among the last. */
const lastEnds = 16 * 1024;

/**
 * Reads what an item left in its worker's allocation, where the worker ended before it had told all: its output, and how
 * it ended, if it did.
 * Source: https://developer.hashicorp.com/nomad/api-docs/client#read-file-at-offset
 */
export async function readRest(
  flight: Flight,
  placement: Placement,
  transport: NomadTransport,
): Promise<ItemEnd | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const read = (file: string, offset: number) => readFile(file, offset, placement, transport, signal);
  const { name } = flight.item;
  try {
    for (const stream of ["stdout", "stderr"] as const satisfies readonly LogStream[]) {
      const offset = flight.offsets[stream];
      await flight.take(stream, offset, await read(`${name}.${stream}`, offset));
    }
    return endOf(name, (await read("ends", -lastEnds)).toString("utf8"));
  } catch {
    // No such file: it never came so far, or the node is gone with all that was on it.
    return undefined;
  }
}

/** Finds the item's line; one that a worker was killed at has no end, and the first may have no beginning. */
function endOf(name: string, text: string): ItemEnd | undefined {
  const line = text
    .split("\n")
    .find((one) => one.startsWith(`{"ended": ${JSON.stringify(name)},`) && one.endsWith("}"));
  return line === undefined ? undefined : parseProtocol(noted, line);
}

/** Reads from there to the end; a negative offset counts from the end. */
async function readFile(
  file: string,
  offset: number,
  { allocationId, namespace, region }: Placement,
  transport: NomadTransport,
  signal: AbortSignal,
): Promise<Buffer> {
  const query = { path: `alloc/pool/${file}`, namespace, region };
  const at = (what: string) => ({ method: "GET", path: `/client/fs/${what}/${allocationId}` }) as const;
  // Of a file that is not there, `readat` says so in what it reads, with status 200 (seen on 1.11.0); `stat` refuses.
  const { body } = await transport.request({ ...at("stat"), query }, signal);
  const size = (body as { readonly Size?: number }).Size ?? 0;
  const from = offset < 0 ? Math.max(0, size + offset) : offset;
  const range = { offset: from, limit: size - from };
  const pieces: Uint8Array[] = [];
  if (range.limit > 0)
    for await (const piece of await transport.stream({ ...at("readat"), query: { ...query, ...range } }, signal))
      pieces.push(piece);
  return Buffer.concat(pieces);
}
