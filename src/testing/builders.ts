import type { LogSink, LogStream } from "../core/contracts/log-sink.js";
import type { FeatureContext } from "../core/contracts/feature.js";
import type { Logger } from "../core/contracts/logger.js";
import type { DriverCapabilities } from "../core/contracts/task-driver.js";
import { bareRequest } from "../core/model/bare-request.js";
import type { Job } from "../core/model/job.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";

/** A request that prints a word. */
export function testRequest(over: Partial<LaunchRequest> = {}): LaunchRequest {
  return { ...bareRequest, jobId: "job", argv: ["echo", "hello"], ...over };
}

/** A site of one local agent, as the configuration would give it. */
export function testSite(over: Partial<Site> = {}): Site {
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

/** A job as the first features see it: one `raw_exec` task. */
export function testJob(over: Partial<Job> = {}): Job {
  const task = {
    Name: "main",
    Driver: "raw_exec",
    Config: { command: "echo", args: ["hello"] },
    Resources: { CPU: 256, MemoryMB: 512 },
  };
  const group = {
    Name: "main",
    Count: 1,
    RestartPolicy: { Attempts: 0, Mode: "fail" },
    ReschedulePolicy: { Attempts: 0, Unlimited: false },
    Tasks: [task],
  } as const;
  return { ID: "job", Name: "job", Type: "batch", Namespace: "default", TaskGroups: [group], ...over };
}

const rawExec: DriverCapabilities = { image: "none", filesystem: "host", devices: true, nodeUsers: true };

/** What a feature of a `raw_exec` task may look at. */
export function testFeatureContext(over: Partial<FeatureContext> = {}): FeatureContext {
  return {
    request: testRequest(),
    site: testSite(),
    capabilities: rawExec,
    driverPart: (Driver, { argv: [command, ...args] = [], driverConfig }) => ({
      Driver,
      Config: { ...(command !== undefined && { command, args }), ...driverConfig },
      capabilities: rawExec,
    }),
    ...over,
  };
}

/** A log that says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A sink that keeps what it is given. */
export class KeptOutput implements LogSink {
  readonly #text: Record<LogStream, Uint8Array[]> = { stdout: [], stderr: [] };

  write(stream: LogStream, bytes: Uint8Array): void {
    this.#text[stream].push(bytes.slice());
  }

  end(): void {
    // Nothing is held back.
  }

  /** What came so far. */
  textOf(stream: LogStream): string {
    return Buffer.concat(this.#text[stream]).toString();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
