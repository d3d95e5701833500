import type { Caller } from "../caller.js";
import { readObjects } from "../json-objects.js";
import type { CallOptions, ReadOptions } from "../options.js";
import { path as pathOf } from "../path.js";
import type { Query } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** A piece of a file that is being followed. */
export interface FilePiece {
  readonly bytes: Uint8Array;
  /** Where the file stands after these bytes. */
  readonly offset: number;
  /** What happened to it: `file deleted`, `file truncated`. */
  readonly event?: string;
}

/** The files of an allocation. Source: https://developer.hashicorp.com/nomad/api-docs/client#read-file */
export class Fs {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /client/fs/ls/:id. @param path - From the allocation's folder. Default `/`. */
  ls(allocationId: string, path = "/", options?: ReadOptions): Query<readonly Nomad.AllocFileInfo[]> {
    return this.#call.get(pathOf`/client/fs/ls/${allocationId}`, "list", options, { query: { path } });
  }

  /** GET /client/fs/stat/:id */
  stat(allocationId: string, path: string, options?: ReadOptions): Query<Nomad.AllocFileInfo> {
    return this.#call.get(pathOf`/client/fs/stat/${allocationId}`, "object", options, { query: { path } });
  }

  /** GET /client/fs/cat/:id. The bytes of a file as they come. */
  cat(allocationId: string, path: string, options?: CallOptions): AsyncIterable<Uint8Array> {
    return this.#call.bytes(pathOf`/client/fs/cat/${allocationId}`, options, { query: { path } });
  }

  /** GET /client/fs/readat/:id. A part of a file; without `limit`, to its end. */
  readAt(
    allocationId: string,
    path: string,
    part: { readonly offset: number; readonly limit?: number | undefined },
    options?: CallOptions,
  ): AsyncIterable<Uint8Array> {
    // Nomad insists on a limit; zero is none.
    const query = { path, offset: part.offset, limit: part.limit ?? 0 };
    return this.#call.bytes(pathOf`/client/fs/readat/${allocationId}`, options, { query });
  }

  /** GET /client/fs/stream/:id. A file and what is added to it, until the loop is left or the signal aborts. */
  async *stream(
    allocationId: string,
    path: string,
    options: CallOptions & { readonly offset?: number | undefined; readonly origin?: "start" | "end" | undefined } = {},
  ): AsyncGenerator<FilePiece, void, undefined> {
    const { offset = 0, origin = "start" } = options;
    const target = pathOf`/client/fs/stream/${allocationId}`;
    const bytes = this.#call.bytes(target, options, { query: { path, offset, origin, follow: true } });
    for await (const frame of readObjects(bytes, `GET ${target}`)) {
      const { Data, Offset, FileEvent } = frame as { Data?: string; Offset?: number; FileEvent?: string };
      // What has neither is a heartbeat.
      if (Data === undefined && FileEvent === undefined) continue;
      const event = FileEvent === undefined ? {} : { event: FileEvent };
      yield { bytes: Buffer.from(Data ?? "", "base64"), offset: Offset ?? 0, ...event };
    }
  }
}
