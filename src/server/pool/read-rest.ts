import type { LogStream } from "../../core/contracts/log-sink.js";
import type { NomadTransport } from "../../core/contracts/transport.js";
import type { Placement } from "../../core/model/progress.js";
import { parseProtocol } from "../protocol.js";
import type { Flight } from "./item.js";
import { type ItemEnd, itemEnd } from "./messages.js";

/** How long the node may take to hand out what a dead worker left, in milliseconds. */
const patienceMs = 10_000;

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
  try {
    for (const stream of ["stdout", "stderr"] as const satisfies readonly LogStream[]) {
      const offset = flight.offsets[stream];
      await flight.take(stream, offset, await read(`${flight.item.name}.${stream}`, offset));
    }
    return parseProtocol(itemEnd, (await read(`${flight.item.name}.end`, 0)).toString("utf8"));
  } catch {
    // No such file: it never came so far, or the node is gone with all that was on it.
    return undefined;
  }
}

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
  const limit = ((body as { readonly Size?: number }).Size ?? 0) - offset;
  const pieces: Uint8Array[] = [];
  if (limit > 0)
    for await (const piece of await transport.stream({ ...at("readat"), query: { ...query, offset, limit } }, signal))
      pieces.push(piece);
  return Buffer.concat(pieces);
}
