import assert from "node:assert/strict";
import type { QueueAddress, QueueSource, QueueSourceFactory } from "../core/contracts/queue-source.js";
import type { ConformanceCase } from "./conformance-jobs.js";

/** What the queue source cases try. */
export interface QueueSourceSubject {
  readonly factory: QueueSourceFactory;
  /** An empty queue for each case; a password in its URL, where the server wants one, must not be shown. */
  readonly address: () => QueueAddress;
  /** Puts so many messages into a queue. */
  readonly put: (address: QueueAddress, messages: number) => Promise<void>;
}

const never = (): AbortSignal => new AbortController().signal;

/** Cases that every queue source passes. */
export const queueSourceConformance: readonly ConformanceCase<QueueSourceSubject>[] = [
  { name: "finds nothing in a queue that nobody has written to", run: startsEmpty },
  { name: "counts what waits, anew each time", run: counts },
  { name: "names the queue, and never the password", run: namesItself },
  { name: "ends a wait when its signal aborts", run: heedsSignal },
];

async function made(
  { factory, address }: QueueSourceSubject,
  work: (source: QueueSource, at: QueueAddress) => Promise<void>,
): Promise<void> {
  const at = address();
  await using source = factory(at);
  await work(source, at);
}

function startsEmpty(subject: QueueSourceSubject): Promise<void> {
  return made(subject, async (source) => assert.equal(await source.depth(never()), 0));
}

function counts(subject: QueueSourceSubject): Promise<void> {
  return made(subject, async (source, at) => {
    await subject.put(at, 3);
    assert.equal(await source.depth(never()), 3);
    await subject.put(at, 2);
    assert.equal(await source.depth(never()), 5);
  });
}

function namesItself(subject: QueueSourceSubject): Promise<void> {
  return made(subject, ({ origin, ...rest }, { url, queue }) => {
    assert.ok(origin.includes(queue), "its origin does not name the queue");
    const shown = `${origin}${JSON.stringify(rest)}`;
    assert.ok(url.password === "" || !shown.includes(decodeURIComponent(url.password)), "it shows the password");
    return Promise.resolve();
  });
}

function heedsSignal(subject: QueueSourceSubject): Promise<void> {
  return made(subject, async (source) => {
    const reason = new Error("nobody waits for it any more");
    const ended = await source.depth(AbortSignal.abort(reason)).then(
      (depth) => typeof depth === "number",
      (error: unknown) => error === reason || (error as Error).name === "AbortError",
    );
    assert.ok(ended, "it fails otherwise than by the signal's reason");
  });
}
