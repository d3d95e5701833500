import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Host } from "../../../src/core/host/host.js";
import { loadPlugins } from "../../../src/core/host/load-plugins.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import { driversPlugin } from "../../../src/drivers/plugin.js";
import { builtinPlugin } from "../../../src/plugins/builtin.js";
import { transportConformance } from "../../../src/testing/transport-conformance.js";
import { transportsPlugin } from "../../../src/transports/plugin.js";
import { site } from "../../support/builders.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { run } from "../../support/launch-host.js";
import { silentLogger } from "../../support/silent-logger.js";

const config = resolve(import.meta.dirname, "../../../examples/fetch-transport/site.yaml");

describe("a transport from a third party's module", () => {
  let agent: Agent;
  let host: Host;

  beforeAll(async () => {
    agent = await startAgent({ quiet: true });
    const own = await loadPlugins([{ use: "./fetch-transport.mjs", required: true }], config);
    const plugins = [transportsPlugin, driversPlugin, builtinPlugin, ...own.plugins];
    const sites = { lab: site({ address: agent.address, transport: "fetch" }) };
    host = new Host({ sites, defaultSite: "lab", plugins, clock: systemClock, logger: silentLogger });
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await agent.stop();
  });

  it.each(transportConformance)("$name", (one) => one.run({ transport: host.site().transport }));

  it.each(["event-stream", "blocking", "poll"])("carries a whole launch, watched by %s", async (watch) => {
    const own = await loadPlugins([{ use: "./fetch-transport.mjs", required: true }], config);
    const plugins = [transportsPlugin, driversPlugin, builtinPlugin, ...own.plugins];
    const sites = { lab: site({ address: agent.address, transport: "fetch", watch }) };
    await using other = new Host({ sites, defaultSite: "lab", plugins, clock: systemClock, logger: silentLogger });
    const { outcome, printed } = await run(other, { argv: ["sh", "-c", "echo hello; exit 4"] });
    expect(outcome).toMatchObject({ kind: "failed", exitCode: 4 });
    expect(printed.stdout).toBe("hello\n");
  });
});
