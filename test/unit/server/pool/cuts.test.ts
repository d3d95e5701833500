import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../../src/core/contracts/clock.js";
import type { LogSink } from "../../../../src/core/contracts/log-sink.js";
import type { SiteLauncher } from "../../../../src/core/host/site-launcher.js";
import { systemClock } from "../../../../src/core/host/system-clock.js";
import type { Launch } from "../../../../src/core/launch/context.js";
import type { LaunchProgress } from "../../../../src/core/model/progress.js";
import type { Outcome } from "../../../../src/core/model/outcome.js";
import type { Item } from "../../../../src/server/pool/item.js";
import { WorkerPool } from "../../../../src/server/pool/pool.js";
import { request } from "../../../support/builders.js";
import { composeDraft, composeJob } from "../../../support/compose.js";
import { fakeTransport } from "../../../support/fake-transport.js";
import { type Cut, ForkServer } from "../../../support/fork-server.js";
import { fuzz } from "../../../support/fuzz.js";
import { silentLogger } from "../../../support/silent-logger.js";

/** Between two messages, within one, and in output that is sent for long: of what the host says, or the worker. */
const cut = fc.oneof(
  fc.record<Cut>({ up: fc.nat(800), down: fc.constant(Infinity), late: fc.constant(false) }),
  fc.record<Cut>({ up: fc.constant(Infinity), down: fc.nat(1_500), late: fc.constant(false) }),
  fc.record<Cut>({ up: fc.constant(Infinity), down: fc.nat(150_000), late: fc.constant(false) }),
  fc.record<Cut>({ up: fc.nat(800), down: fc.constant(0), late: fc.constant(true) }),
);

/** One worker, which is the real fork server, and nothing of Nomad. */
function poolOf(server: ForkServer, jobs: string[]): WorkerPool {
  const launch = async ({ request: { jobId }, report, signal }: Launch): Promise<Outcome> => {
    jobs.push(jobId);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const stopped = { kind: "stopped", cause: "interrupted", sentence: "", advice: "", retriable: true } as const;
    signal.addEventListener("abort", () => resolve({ ...stopped, jobId, evidence: {} }), { once: true });
    const where = { allocationId: jobId, nodeId: "n", nodeName: "n1", driver: "raw_exec", namespace: "default" };
    report({ kind: "placed", placement: { jobId, ...where, task: "main" }, at: 1 });
    report({ kind: "started", jobId, allocationId: jobId, at: 1 });
    return promise;
  };
  // A session that was cut is opened again at once.
  const sleep: Clock["sleep"] = (ms, signal) => systemClock.sleep(ms <= 2_000 ? ms / 100 : ms, signal);
  const compose = () => ({ draft: composeDraft({ timeoutSeconds: 60 }), job: composeJob({}) });
  const transport = { ...fakeTransport({}), exec: server.exec.bind(server) };
  const clock = { ...systemClock, sleep };
  const launcher = { launch, compose, transport, clock, logger: silentLogger } as unknown as SiteLauncher;
  const keep = () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
  const parts = { launcher, request: request({ jobId: "pool" }), size: 1, generation: 1, idleSeconds: 60, keep };
  return new WorkerPool({ ...parts, maxItems: Number.POSITIVE_INFINITY });
}

function item(name: string, lines: number, seconds: number, folder: string) {
  const text = { stdout: "", stderr: "" };
  const told: LaunchProgress[] = [];
  let ends = 0;
  const sink: LogSink = {
    write: (stream, bytes) => void (text[stream] += Buffer.from(bytes).toString()),
    end: () => void (ends += 1),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const gone = new AbortController();
  const report = (progress: LaunchProgress) => {
    told.push(progress);
    // One that would stay for long is not wanted any more as soon as it is there.
    if (progress.kind === "started" && seconds > 1) gone.abort();
  };
  const words = [`${folder}/${name}.ran`, String(lines), String(seconds)];
  const given: Item = { name, words, sink, report, signal: gone.signal };
  return { given, text, told, ends: () => ends, numbers: () => told.flatMap(numberOf) };
}

const numberOf = (one: LaunchProgress) => (one.kind === "placed" ? [one.placement.item] : []);
const lines = (word: string, count: number) => Array.from({ length: count }, (_, n) => `${word} ${n}\n`).join("");

describe("a worker's channel", () => {
  it("may be cut anywhere, and often: each item runs once, and all that it says is heard once and in order", async () => {
    const kinds = [
      { count: 3, seconds: 0 },
      { count: 0, seconds: 0 },
      { count: 4_000, seconds: 0 },
      { count: 2, seconds: 30 },
      { count: 20, seconds: 0.02 },
      { count: 1, seconds: 0 },
      { count: 2_000, seconds: 0.01 },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 30 }), async (cuts) => {
        const jobs: string[] = [];
        await using server = new ForkServer(cuts);
        await using pool = poolOf(server, jobs);
        for (const [at, { count, seconds }] of kinds.entries()) {
          const { given, text, ends, numbers } = item(`i${at}`, count, seconds, server.folder);
          const outcome = await pool.run(given);
          expect(outcome).toMatchObject({ kind: seconds > 1 ? "stopped" : "succeeded" });
          if (seconds <= 1) expect(text).toEqual({ stdout: lines("line", count), stderr: lines("other", count) });
          expect([ends(), numbers()]).toEqual([1, [at + 1]]);
        }
        expect(jobs).toHaveLength(1);
      }),
      fuzz(8),
    );
  }, 120_000);
});
