import assert from "node:assert/strict";
import { PLUGIN_API_VERSION, type Plugin, type PluginRegistrar } from "../core/contracts/plugin.js";
import { silentLogger } from "./builders.js";
import type { ConformanceCase } from "./conformance-jobs.js";

/** What the plugin cases try. */
export interface PluginSubject {
  readonly plugin: Plugin;
  /** What its schema would make of its options. Default: none. */
  readonly options?: unknown;
}

/** Cases that every plugin passes; nothing else is needed. */
export const pluginConformance: readonly ConformanceCase<PluginSubject>[] = [
  { name: "has a name, and is of this version of the contracts", run: describesItself },
  { name: "registers something, at once, each thing once", run: registersOnce },
  { name: "registers the same each time", run: registersTheSame },
];

function describesItself({ plugin }: PluginSubject): Promise<void> {
  assert.ok(plugin.name.length > 0, "it has no name");
  assert.equal(plugin.apiVersion, PLUGIN_API_VERSION);
  return Promise.resolve();
}

function registersOnce(subject: PluginSubject): Promise<void> {
  const registered = registeredBy(subject);
  assert.ok(registered.length > 0, "its setup registers nothing");
  assert.deepEqual(registered, [...new Set(registered)], "it registers a thing twice");
  return Promise.resolve();
}

function registersTheSame(subject: PluginSubject): Promise<void> {
  assert.deepEqual(registeredBy(subject), registeredBy(subject));
  return Promise.resolve();
}

/** Kind and name of all that a plugin registers, e.g. `driver podman`. */
export function registeredBy({ plugin, options }: PluginSubject): readonly string[] {
  const found: string[] = [];
  const note = (kind: string) => (thing: string | { readonly name?: string; readonly key?: string }) =>
    void found.push(`${kind} ${typeof thing === "string" ? thing : String(thing.name ?? thing.key)}`);
  const registrar: PluginRegistrar = {
    logger: silentLogger,
    driver: note("driver"),
    otherDrivers: () => void found.push("other drivers"),
    device: note("device"),
    feature: note("feature"),
    transport: note("transport"),
    watcher: note("watcher"),
    credentials: note("credentials"),
    classifier: note("classifier"),
    logSink: note("log sink"),
    metrics: note("metrics"),
    queueSource: note("queue source"),
    command: note("command"),
    config: note("config"),
  };
  // Its type says that it returns nothing; a plugin may be JavaScript.
  const loose: { setup(registrar: PluginRegistrar, options: unknown): unknown } = plugin;
  assert.equal(loose.setup(registrar, options), undefined, "its setup returns something: it must not wait");
  return found;
}
