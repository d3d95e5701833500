import type { Credentials } from "../contracts/credentials.js";
import type { CredentialsFactory, TransportFactory, WatcherFactory } from "../contracts/plugin.js";
import type { QueueSourceFactory } from "../contracts/queue-source.js";
import type { Sighting } from "../contracts/watcher.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { Guard } from "./guard-plugin.js";
import { named, over } from "./guard-plugin.js";
import { failed } from "./plugin-report.js";
import { withinLimit } from "./within-limit.js";

/** How long a plugin may take to find a token, in milliseconds: it may ask a person, or another server. */
const tokenMs = 60_000;
/** How long a plugin may take to give a reply, in milliseconds: longer than any call of Nomad's that waits for news, tried again and again. */
const replyMs = 900_000;
/** How long a plugin may take to show the state of jobs for the first time, in milliseconds. */
const firstMs = 60_000;
/** How long a plugin may take to count a queue, in milliseconds: less than a look of the autoscaler, which could not say whose silence it was. */
const queueMs = 15_000;

export function guardCredentials(make: CredentialsFactory, guard: Guard): CredentialsFactory {
  return (auth) => {
    const found = named(guard, "its credentials", () => {
      const made = make(auth);
      return made === undefined ? undefined : lookedAt(made, ["token", "refresh"]);
    });
    if (found === undefined) return undefined;
    const what = `its credentials (${named(guard, "its credentials", () => found.origin)})`;
    const limit = { what, ms: tokenMs };
    return over<Credentials>(found, {
      token: async (signal) => {
        const token: unknown = await limited(guard, limit, (own) => found.token(own), signal);
        if (token === undefined || typeof token === "string") return token;
        throw failed(guard.plugin, what, "what it gave is no token");
      },
      refresh: (signal) => limited(guard, limit, (own) => found.refresh(own), signal),
    });
  };
}

/** What a transport throws that is no error of the catalogue is the plugin's own mistake. */
export function guardTransport(name: string, make: TransportFactory, guard: Guard): TransportFactory {
  const what = `its transport ${name}`;
  return (parts) => {
    const made = named(guard, what, () => lookedAt(make(parts), ["request", "stream", Symbol.asyncDispose]));
    const limit = { what, ms: replyMs };
    return over(made, {
      request: (call, signal) => limited(guard, limit, (own) => made.request(call, own), signal),
      // What is streamed goes on beyond the limit: its signal is the caller's.
      stream: (call, signal) => limited(guard, limit, () => made.stream(call, signal), signal),
    });
  };
}

/** A watcher that shows nothing, or ends by itself, has failed: the ladder takes the next rung. */
export function guardWatcher(name: string, make: WatcherFactory, guard: Guard): WatcherFactory {
  const what = `its watch ${name}`;
  return (parts) => {
    const made = named(guard, what, () => lookedAt(make(parts), ["watch"]));
    return over(made, { watch: (scope, signal) => shownInTime(made.watch(scope, signal), what, guard, signal) });
  };
}

async function* shownInTime(sightings: AsyncIterable<Sighting>, what: string, guard: Guard, signal: AbortSignal) {
  const iterator = sightings[Symbol.asyncIterator]();
  try {
    const first = await limited(guard, { what, ms: firstMs }, () => iterator.next(), signal);
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    if (!signal.aborted) throw failed(guard.plugin, what, "it ended, and nobody had asked it to");
  } finally {
    // One that hangs does not end either: nobody waits for it.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

export function guardQueue(make: QueueSourceFactory, guard: Guard): QueueSourceFactory {
  return (address) => {
    const needed = ["depth", Symbol.asyncDispose];
    const source = named(guard, "its queue source", () => lookedAt(make(address), needed));
    const origin = named(guard, "its queue source", () => source.origin);
    const what = `its queue source (${origin})`;
    const depth = async (signal: AbortSignal) => {
      const found: unknown = await limited(guard, { what, ms: queueMs }, (own) => source.depth(own), signal);
      if (typeof found === "number" && Number.isFinite(found) && found >= 0) return found;
      throw failed(guard.plugin, what, "what it gave is no number of messages");
    };
    return { origin, depth, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
  };
}

/** What a factory made, once it is clear that it has what it needs. */
function lookedAt<T extends object>(made: T, methods: readonly PropertyKey[]): T {
  const lacking = methods.find((method) => typeof Reflect.get(Object(made) as object, method) !== "function");
  if (typeof made === "object" && lacking === undefined) return made;
  throw new Error(`it made what has no function ${String(lacking ?? methods[0])}`);
}

/** A plugin's own work within a limit, in ms; what is wrong with it names the plugin, unless the caller gave up. */
async function limited<T>(
  { plugin, clock }: Guard,
  { what, ms }: { readonly what: string; readonly ms: number },
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await withinLimit(work, ms, clock, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof LauncherError ? error : failed(plugin, what, error);
  }
}
