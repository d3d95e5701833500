import { type Agent, startAgent } from "../test/support/cluster/index.mjs";
import type { LogSink } from "../src/core/contracts/log-sink.js";
import { Host } from "../src/core/host/host.js";
import { systemClock } from "../src/core/host/system-clock.js";
import { builtinPlugins } from "../src/index.js";
import { request, site } from "../test/support/builders.js";
import { mockDriverPlugin } from "../test/support/mock-driver.js";
import { silentLogger } from "../test/support/silent-logger.js";

/** An agent that believes it has room for any number of small tasks. */
export const roomyAgent = (server: Readonly<Record<string, unknown>> = {}): Promise<Agent> =>
  startAgent({ quiet: true, logLevel: "error", cpuTotalCompute: 10_000_000, memoryTotalMb: 10_000_000, server });

/** A launch host as the command line makes it, with a site's defaults. */
export function openBenchHost(address: string): Host {
  const sites = { lab: site({ address, connections: 50, driver: "mock_driver" }) };
  const plugins = [...builtinPlugins, mockDriverPlugin];
  return new Host({ sites, defaultSite: "lab", plugins, clock: systemClock, logger: silentLogger });
}

/** A task of the mock driver that runs for so many seconds. */
export const mockTask = (jobId: string, seconds: number, config: Readonly<Record<string, string | number>> = {}) =>
  request({
    jobId,
    driver: "mock_driver",
    argv: ["mock"],
    resources: { cpu: 20, memory: 10 },
    blocks: { logs: { max_files: 2, max_file_size: 1 } },
    driverConfig: { run_for: `${seconds}s`, ...config },
  });

/** Takes output and forgets it. */
export const deafSink: LogSink = {
  write: () => undefined,
  end: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** The value below which so large a part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
