import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Logger } from "../../../src/core/contracts/logger.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { Crowd, isWhole } from "../../support/crowd.js";
import { type Fault, FaultProxy } from "../../support/fault-proxy.js";
import { openTestHost } from "../../support/launch-host.js";
import { silentLogger } from "../../support/silent-logger.js";

const size = 12;
/** Longer than the event stream is tried for, shorter than calls are repeated for. */
const faults: readonly (readonly [Fault, seconds: number])[] = [
  ["drop", 4],
  ["truncate", 2],
  ["delay", 2],
  ["stall", 3],
];
const down = "Nomad is watched by blocking from now on, since a better way failed.";

describe(`a bad network, while ${String(size)} tasks run`, { timeout: 240_000 }, () => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await startAgent({ quiet: true, cpuTotalCompute: 100_000 });
  });
  afterAll(() => agent?.stop());

  it.each(["event-stream", "blocking", "poll"])("costs nothing when watched by %s", async (watch) => {
    const told: string[] = [];
    const warn: Logger["warn"] = (_fields, message) => void told.push(message);
    await using proxy = await FaultProxy.to(agent.httpPort);
    await using host = openTestHost(proxy.address, { watch }, { ...silentLogger, warn });
    await using crowd = new Crowd(host, size);
    await crowd.started();
    for (const [fault, seconds] of faults) {
      proxy.begin(fault);
      await sleep(seconds * 1_000);
      proxy.heal();
      await crowd.go(2);
    }
    const ended = await crowd.end();
    expect(ended.map((end) => (typeof end === "string" ? end : end.kind))).toEqual(ended.map(() => "succeeded"));
    for (const { jobId, printed, runs, told: news } of crowd.members) {
      expect(isWhole(printed.stdout), `${jobId}: ${printed.stdout}`).toBe(true);
      expect([runs(), news.filter(({ kind }) => kind === "ended").length]).toEqual([1, 1]);
    }
    // Each change is one sentence: none comes twice in a row.
    expect(told.filter((sentence, at) => sentence === told[at - 1])).toEqual([]);
    if (watch === "event-stream") expect(told.filter((sentence) => sentence === down)).toHaveLength(1);
  });
});
