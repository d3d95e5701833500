import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { CountingProxy } from "../../support/counting-proxy.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

/** A site's default; Nomad's own limit is 100 for each client address. */
const connections = 50;
/** A connection that is being closed still counts at the other end when its successor has opened. */
const closing = 5;

let agent: Agent;

beforeAll(async () => {
  const roomy = { cpuTotalCompute: 1_000_000, memoryTotalMb: 1_000_000 };
  agent = await startAgent({ quiet: true, logLevel: "warn", ...roomy });
});

afterAll(async () => {
  await agent?.stop();
});

/** A task that says something now and then. */
function task(index: number, seconds: number): Partial<LaunchRequest> {
  return {
    jobId: uniqueId("many"),
    driver: "mock_driver",
    argv: ["mock"],
    resources: { cpu: 50, memory: 20, disk: 120 },
    driverConfig: {
      run_for: `${seconds}s`,
      stdout_string: `task ${index} goes on\n`,
      stdout_repeat: 2,
      stdout_repeat_duration: "1s",
      stderr_string: `task ${index} warns\n`,
      exit_code: index % 50 === 7 ? 3 : 0,
    },
  };
}

/** Runs so many tasks over some hosts; what became of each, beside what should have. */
async function runAll(hosts: readonly Host[], count: number, seconds: (index: number) => number) {
  const signal = AbortSignal.timeout(230_000);
  const indexes = Array.from({ length: count }, (_, index) => index);
  const hostOf = (index: number) => hosts[index % hosts.length]!;
  const ran = await Promise.all(indexes.map((index) => run(hostOf(index), task(index, seconds(index)), signal)));
  const warnings = ran.flatMap(({ progress }) => progress).filter(({ kind }) => kind === "warning");
  const ends = ran.map(({ outcome: { kind, exitCode }, printed: { stdout, stderr } }) => ({
    kind,
    exitCode,
    stdout,
    stderr,
  }));
  const wanted = indexes.map((index) => ({
    kind: index % 50 === 7 ? "failed" : "succeeded",
    exitCode: index % 50 === 7 ? 3 : 0,
    stdout: `task ${index} goes on\n`.repeat(3),
    stderr: `task ${index} warns\n`,
  }));
  return { ends, wanted, warnings };
}

describe("many tasks at once on an agent with Nomad's own limits", () => {
  it(
    "end each with its own outcome and its whole log, within the site's connections",
    { timeout: 240_000 },
    async () => {
      await using proxy = await CountingProxy.before(agent.httpPort);
      await using host = openTestHost(proxy.address, { connections });
      // Some sixteen start in a second; the later one starts the shorter it runs, so that all run at once.
      const { ends, wanted, warnings } = await runAll([host], 500, (index) => 4 + Math.floor((500 - index) / 16));
      expect(ends).toEqual(wanted);
      expect(warnings).toEqual([]);
      expect(proxy.busy).toBe(0);
      expect(proxy.mostOpen).toBeGreaterThan(10);
      expect(proxy.mostOpen).toBeLessThanOrEqual(connections + closing);
      // A busy agent drops events that were not fetched at once; another stream takes over then.
      expect(proxy.mostStreams).toBe(1);
    },
  );

  it("share one machine's connections among the hosts of parallel runs", async () => {
    await using proxy = await CountingProxy.before(agent.httpPort);
    await using first = openTestHost(proxy.address, { connections });
    await using second = openTestHost(proxy.address, { connections });
    const { ends, wanted, warnings } = await runAll([first, second], 80, () => 6);
    expect(ends).toEqual(wanted);
    expect(warnings).toEqual([]);
    // While shares move from one host to another, more of them are being closed.
    expect(proxy.mostOpen).toBeLessThanOrEqual(connections + 2 * closing);
  });
});
