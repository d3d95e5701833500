import type { LogSink, LogStream } from "../../src/core/contracts/log-sink.js";
import type { Logger } from "../../src/core/contracts/logger.js";
import { Host } from "../../src/core/host/host.js";
import { systemClock } from "../../src/core/host/system-clock.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import type { Outcome } from "../../src/core/model/outcome.js";
import type { LaunchProgress } from "../../src/core/model/progress.js";
import type { Site } from "../../src/core/model/site.js";
import { driversPlugin } from "../../src/drivers/plugin.js";
import { builtinPlugin } from "../../src/plugins/builtin.js";
import { transportsPlugin } from "../../src/transports/plugin.js";
import { request, site } from "./builders.js";
import { pastCollector } from "./past-collector.js";
import { silentLogger } from "./silent-logger.js";

/** A host for one site of a real agent, as the composition root makes it. */
export function openTestHost(address: string, over: Partial<Site> = {}, logger: Logger = silentLogger): Host {
  const sites = { lab: site({ address, ...over }) };
  const plugins = [transportsPlugin, driversPlugin, builtinPlugin];
  return new Host({ sites, defaultSite: "lab", plugins, clock: systemClock, logger });
}

/** Keeps everything a task printed. */
export class Printed implements LogSink {
  readonly #chunks: Record<LogStream, Uint8Array[]> = { stdout: [], stderr: [] };
  write(stream: LogStream, bytes: Uint8Array): void {
    this.#chunks[stream].push(bytes.slice());
  }
  end(): void {}
  async [Symbol.asyncDispose](): Promise<void> {}
  get stdout(): string {
    return Buffer.concat(this.#chunks.stdout).toString("utf8");
  }
  get stderr(): string {
    return Buffer.concat(this.#chunks.stderr).toString("utf8");
  }
}

export interface Ran {
  readonly outcome: Outcome;
  readonly printed: Printed;
  readonly progress: LaunchProgress[];
}

let counter = 0;

/** A job ID no other test of this run has. */
export const uniqueId = (name: string) => `${name}-${process.pid}-${(counter += 1)}`;

/** Launches one task and collects all it said. */
export async function run(
  host: Host,
  over: Partial<LaunchRequest>,
  signal: AbortSignal = AbortSignal.timeout(90_000),
): Promise<Ran> {
  const printed = new Printed();
  const progress: LaunchProgress[] = [];
  const asked = request({ jobId: uniqueId("test"), ...pastCollector(over) });
  const outcome = await host
    .site()
    .launch({ request: asked, sink: printed, report: (news) => progress.push(news), signal });
  return { outcome, printed, progress };
}
