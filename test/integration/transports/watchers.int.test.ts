import { afterAll, beforeAll, describe, it } from "vitest";
import type { NomadTransport } from "../../../src/core/contracts/transport.js";
import type { WatcherFactory } from "../../../src/core/contracts/plugin.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import { watcherConformance } from "../../../src/testing/watcher-conformance.js";
import { createBlockingWatcher } from "../../../src/transports/watchers/blocking-watcher.js";
import { createEventStreamWatcher } from "../../../src/transports/watchers/event-stream-watcher.js";
import { createPollWatcher } from "../../../src/transports/watchers/poll-watcher.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { siteAt, transportTo } from "../../support/transport-site.js";

const watchers: Readonly<Record<string, WatcherFactory>> = {
  "event-stream": createEventStreamWatcher,
  blocking: createBlockingWatcher,
  poll: createPollWatcher,
};

describe.each(Object.entries(watchers))("watcher %s on a real agent", (_name, watcher) => {
  let agent: Agent;
  let transport: NomadTransport;

  beforeAll(async () => {
    agent = await startAgent({ quiet: true });
    transport = transportTo(siteAt(agent.address));
  }, 120_000);

  afterAll(async () => {
    await transport[Symbol.asyncDispose]();
    await agent.stop();
  }, 60_000);

  it.each(watcherConformance)("$name", (one) => one.run({ watcher, transport, clock: systemClock }), 60_000);
});
