import { z } from "zod";
import type { LogStream } from "../../core/contracts/log-sink.js";

/*
 * The lines between the launch host and the fork server of a worker (python/…/nomad/worker/server.py). JSON, one message a
 * line; what one side does not know it ignores.
 */
const name = z.string();
const stream = z.enum(["stdout", "stderr"]);
/** What the fork server itself holds, in MB. */
const memory = z.number().optional();

/** When an item began, in seconds since the epoch, and which of its worker's it is, from 1. */
const beginning = z.object({ at: z.number(), number: z.number() });
export type Beginning = z.infer<typeof beginning>;

/** How an item's process ended. */
const itemExit = z.object({
  /** As a shell has it: 128 and the signal, where one ended it. */
  code: z.number(),
  signal: z.number(),
  /** Whether the kernel killed a process of the worker's control group meanwhile. */
  oom: z.boolean(),
  /** Seconds since the epoch. */
  at: z.number(),
  /** Why the worker could not write its files, as where its disk is full: some of the item's output may be missing. */
  unwritten: z.string().optional(),
  /** Why the worker could not even begin it: it ends then. */
  unstarted: z.string().optional(),
});
export type ItemExit = z.infer<typeof itemExit>;

/** What is left of an item, also of one whose worker is gone. */
const itemEnd = itemExit.extend({ began: beginning });
export type ItemEnd = z.infer<typeof itemEnd>;

/** A line of the list of ends that a worker keeps in its allocation. */
export const noted = itemEnd.extend({ ended: name });

/** What a worker says. */
export const workerMessage = z.union([
  /** The answer to `hello`: the items it still has, for a session that was cut may have lost that they began. */
  z.object({ ready: z.number(), items: z.array(beginning.extend({ name })), memory }),
  beginning.extend({ started: name }),
  /** A piece of an item's output, in base64, and where in the stream it begins. */
  z.object({ out: name, stream, offset: z.number(), data: z.string() }),
  /** The last word about an item, after all of its output. */
  noted.extend({ memory }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;

/** How much of an item's output the host has, in bytes. */
export type Offsets = Readonly<Record<LogStream, number>>;

/** What the host says. */
export type HostMessage =
  /**
   * First in every session: its number, and the items whose output is wanted, from where on; what else has ended is done
   * with. A worker hears no session that is older than one it has heard: its messages are, too.
   */
  | { readonly hello: number; readonly items: Readonly<Record<string, Offsets>> }
  /** Harmless to repeat: an item that is known is not started again. */
  | { readonly run: string; readonly words: readonly string[] }
  /** Harmless to repeat. */
  | { readonly kill: string; readonly signal: number; readonly seconds: number }
  /** The host has all of it. */
  | { readonly done: string }
  /** End, once there is no item. */
  | { readonly stop: 1 }
  /** Nothing to say, and still there. */
  | { readonly alive: 1 };
