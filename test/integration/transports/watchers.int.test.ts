import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NomadTransport } from "../../../src/core/contracts/transport.js";
import type { WatcherFactory } from "../../../src/core/contracts/plugin.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import { startFakeNomad, transportConformance } from "../../../src/testing/index.js";
import { watcherConformance } from "../../../src/testing/watcher-conformance.js";
import { createBlockingWatcher } from "../../../src/transports/watchers/blocking-watcher.js";
import { createEventStreamWatcher } from "../../../src/transports/watchers/event-stream-watcher.js";
import { createPollWatcher } from "../../../src/transports/watchers/poll-watcher.js";
import { startAgent } from "../../support/cluster/index.mjs";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";
import { siteAt, transportTo } from "../../support/transport-site.js";

const watchers: Readonly<Record<string, WatcherFactory>> = {
  "event-stream": createEventStreamWatcher,
  blocking: createBlockingWatcher,
  poll: createPollWatcher,
};

/** A Nomad to run the kits on: the real one, and the fake that plugins' authors use instead. */
const nomads: Readonly<Record<string, () => Promise<AsyncDisposable & { readonly address: string }>>> = {
  "a real agent": () => startAgent({ quiet: true }),
  "the fake Nomad": () => startFakeNomad(),
};

describe.each(Object.entries(nomads))("on %s", (_where, start) => {
  let nomad: AsyncDisposable & { readonly address: string };
  let transport: NomadTransport;

  beforeAll(async () => {
    nomad = await start();
    transport = transportTo(siteAt(nomad.address));
  }, 120_000);

  afterAll(async () => {
    await transport[Symbol.asyncDispose]();
    await nomad[Symbol.asyncDispose]();
  }, 60_000);

  it.each(transportConformance)("the http transport $name", (one) => one.run({ transport }), 60_000);

  describe.each(Object.entries(watchers))("watcher %s", (_name, watcher) => {
    it.each(watcherConformance)("$name", (one) => one.run({ watcher, transport, clock: systemClock }), 60_000);
  });

  it.each(["event-stream", "blocking", "poll"])("a whole launch, watched by %s", async (watch) => {
    await using host = openTestHost(nomad.address, { watch });
    const { outcome, printed } = await run(host, { argv: ["echo", "${HOME} é"] });
    expect(outcome).toMatchObject({ kind: "succeeded", exitCode: 0 });
    expect(printed.stdout).toBe("${HOME} é\n");
    const failed = await run(host, { argv: ["sh", "-c", "exit 4"] });
    expect(failed.outcome).toMatchObject({ kind: "failed", exitCode: 4 });
  });

  it("a job that no node takes, and the same job twice", async () => {
    await using host = openTestHost(nomad.address, { placementTimeoutSeconds: 1 });
    const constraints = [{ LTarget: "${attr.kernel.name}", Operand: "=", RTarget: "plan9" }];
    const { outcome } = await run(host, { placement: { constraints } });
    expect(outcome).toMatchObject({ kind: "unplaced", sentence: expect.stringContaining("plan9") });
    const jobId = uniqueId("twice");
    expect((await run(host, { jobId })).outcome.kind).toBe("succeeded");
    await expect(run(host, { jobId, argv: ["echo", "other"] })).rejects.toMatchObject({
      code: "NOMAD_E_LAUNCH_DUPLICATE",
    });
  });
});
