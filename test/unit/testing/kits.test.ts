import { expect, it, describe } from "vitest";
import { z } from "zod";
import { builtinPlugins } from "../../../src/index.js";
import { createGenericDevices } from "../../../src/drivers/devices/generic.js";
import { createNvidiaDevices } from "../../../src/drivers/devices/nvidia.js";
import { builtinFeatures } from "../../../src/plugins/builtin.js";
import { Metrics } from "../../../src/core/metrics/metrics.js";
import * as kits from "../../../src/testing/index.js";
import { staticToken } from "../../../src/transports/credentials/static-token.js";
import { tokenCommand } from "../../../src/transports/credentials/token-command.js";
import { fakeTransport } from "../../support/fake-transport.js";

/** The names of the cases that a thing does not pass. */
async function failing<S>(cases: readonly kits.ConformanceCase<S>[], subject: S): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run(subject);
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

describe("what comes along conforms", () => {
  it.each(builtinPlugins)("plugin $name", async (plugin) => {
    expect(await failing(kits.pluginConformance, { plugin })).toEqual([]);
  });

  it.each(builtinFeatures)("feature $name", async (feature) => {
    expect(await failing(kits.featureConformance, { feature })).toEqual([]);
  });

  it.each([
    [createNvidiaDevices(), "nvidia/gpu"],
    [createGenericDevices(), "amd/gpu"],
  ])("devices %s", async (provider, device) => {
    expect(await failing(kits.deviceConformance, { provider, device })).toEqual([]);
  });

  it.each([
    [staticToken, { token: "abc" }],
    [tokenCommand, { tokenCommand: ["sh", "-c", "echo a''bc"] }],
  ])("credentials %s", async (factory, auth) => {
    expect(await failing(kits.credentialsConformance, { factory, auth })).toEqual([]);
  });

  it("metrics", async () => {
    expect(await failing(kits.metricsConformance, { sink: new Metrics() })).toEqual([]);
  });
});

/** Things of a third party that do what the contracts ask for, and the same with a mistake each. */
describe("the kits take what is right, and find what is not", () => {
  it("plugin", async () => {
    const plugin = { name: "p", apiVersion: "1" as const, setup: () => undefined };
    expect(await failing(kits.pluginConformance, { plugin })).toEqual([
      "registers something, at once, each thing once",
    ]);
  });

  it("feature", async () => {
    const feature = { name: "f", contribute: () => kits.testJob() };
    expect(await failing(kits.featureConformance, { feature })).toEqual(["keeps what others have added"]);
  });

  it("device", async () => {
    const provider = { name: "d", claims: () => true, toDevices: () => [{ Name: "x/y", Count: 1 }] };
    expect(await failing(kits.deviceConformance, { provider, device: "x/y" })).toHaveLength(4);
  });

  it("credentials", async () => {
    const leaky = { origin: "token abc", token: () => Promise.resolve("abc"), refresh: () => Promise.resolve(false) };
    expect(await failing(kits.credentialsConformance, { factory: () => leaky, auth: {} })).toEqual([
      "leaves alone what is not its kind",
      "never shows the token",
    ]);
  });

  it("classifier", async () => {
    const diagnosis = { kind: "driver-failed", sentence: "s", advice: "a", retriable: true } as const;
    const events = [{ Type: "Driver Failure", Time: 1, DisplayMessage: "known" }];
    const good = { name: "c", explain: ([one]: readonly { DisplayMessage?: string }[]) => (one?.DisplayMessage === "known" ? diagnosis : undefined) }; // prettier-ignore
    expect(await failing(kits.classifierConformance, { classifier: good, events })).toEqual([]);
    const greedy = { name: "c", explain: () => diagnosis };
    expect(await failing(kits.classifierConformance, { classifier: greedy, events })).toHaveLength(1);
  });

  it("queue source", async () => {
    const queues = new Map<string, number>();
    let made = 0;
    const address = () => ({ url: new URL("acme://ada:s3cret@host"), queue: `q${String((made += 1))}` });
    const put = ({ queue }: { queue: string }, messages: number) =>
      Promise.resolve(void queues.set(queue, (queues.get(queue) ?? 0) + messages));
    const good = ({ url, queue }: { url: URL; queue: string }) => ({
      origin: `${url.host} ${queue}`,
      depth: () => Promise.resolve(queues.get(queue) ?? 0),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    expect(await failing(kits.queueSourceConformance, { factory: good, address, put })).toEqual([]);
    const bad = (at: { url: URL; queue: string }) => ({
      ...good(at),
      origin: at.url.href,
      depth: () => Promise.resolve(1),
    });
    expect(await failing(kits.queueSourceConformance, { factory: bad, address, put })).toEqual([
      "finds nothing in a queue that nobody has written to",
      "counts what waits, anew each time",
      "names the queue, and never the password",
    ]);
  });

  it("log sink", async () => {
    const kept = new kits.KeptOutput();
    expect(await failing(kits.logSinkConformance, { factory: () => kept, read: () => kept.textOf("stdout") })).toEqual(
      [],
    );
    expect(await failing(kits.logSinkConformance, { factory: () => kept, read: () => "" })).toHaveLength(1);
  });

  it("command", async () => {
    const transport = fakeTransport({});
    const command = { name: "where", description: "tells", run: () => 0 };
    expect(await failing(kits.commandConformance, { command, args: [], transport })).toEqual([]);
    expect(
      await failing(kits.commandConformance, { command: { ...command, name: "A B" }, args: [], transport }),
    ).toHaveLength(1);
  });

  it("configuration", async () => {
    const fragment = { key: "acme", schema: z.strictObject({ x: z.number() }) };
    expect(await failing(kits.fragmentConformance, { fragment, good: { x: 1 }, bad: {} })).toEqual([]);
    expect(await failing(kits.fragmentConformance, { fragment, good: {}, bad: {} })).toHaveLength(1);
  });
});
