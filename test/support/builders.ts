import { bareRequest } from "../../src/core/model/bare-request.js";
import type { FeatureContext } from "../../src/core/contracts/feature.js";
import type { Sighting } from "../../src/core/contracts/watcher.js";
import type { Allocation, TaskEvent } from "../../src/core/model/allocation.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import type { Site } from "../../src/core/model/site.js";

/** An allocation of job `job`, running on node `n1`. */
export function allocation(over: Partial<Allocation>): Allocation {
  return {
    ID: "alloc-1",
    JobID: "job",
    Namespace: "default",
    EvalID: "eval-1",
    NodeID: "node-1",
    NodeName: "n1",
    TaskGroup: "main",
    ClientStatus: "running",
    DesiredStatus: "run",
    CreateTime: 1,
    ModifyTime: 1,
    CreateIndex: 1,
    ModifyIndex: 1,
    ...over,
  };
}

/** A finished allocation whose main task had these events. */
export function finished(events: readonly Partial<TaskEvent>[], over: Partial<Allocation> = {}): Allocation {
  const Events = events.map((event) => ({ Type: "Received", Time: 1, ExitCode: 0, ...event }));
  return allocation({ ClientStatus: "failed", TaskStates: { main: { State: "dead", Failed: true, Events } }, ...over });
}

export function sighting(allocations: readonly Allocation[]): Sighting {
  return { index: 1, allocations, evaluations: [] };
}

/** A request that prints a word. */
export function request(over: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    ...bareRequest,
    jobId: "job",
    argv: ["echo", "hello"],
    ...over,
  };
}

export function site(over: Partial<Site> = {}): Site {
  return {
    name: "lab",
    address: "http://127.0.0.1:4646",
    auth: {},
    watch: "event-stream",
    transport: "http",
    driver: "raw_exec",
    defaults: { cpu: 256, memory: 512, namespace: "default", timeoutMinutes: 60 },
    gpu: { device: "nvidia/gpu" },
    connections: 64,
    lostAfterSeconds: 120,
    gangTimeoutSeconds: 600,
    drivers: {},
    ...over,
  };
}

/** What a feature of a `raw_exec` task may look at. */
export function featureContext(over: Partial<FeatureContext> = {}): FeatureContext {
  return {
    request: request(),
    site: site(),
    capabilities: { image: "none", filesystem: "host", devices: true, nodeUsers: true },
    driverPart: (Driver, { argv: [command, ...args] = [], driverConfig }) => ({
      Driver,
      Config: { ...(command !== undefined && { command, args }), ...driverConfig },
      capabilities: { image: "none", filesystem: "host", devices: true, nodeUsers: true },
    }),
    ...over,
  };
}
