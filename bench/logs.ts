import { spawn } from "node:child_process";
import { once } from "node:events";
import type { LogSink, LogStream } from "../src/core/contracts/log-sink.js";
import { systemClock } from "../src/core/host/system-clock.js";
import { ConnectionBudget } from "../src/core/logs/connection-budget.js";
import { followLogs } from "../src/core/logs/follow-logs.js";
import type { Agent } from "../test/support/cluster/index.mjs";
import { composeJob } from "../test/support/compose.js";
import { silentLogger } from "../test/support/silent-logger.js";
import { siteAt, transportTo } from "../test/support/transport-site.js";
import { type Figure, figure } from "./figures.ts";
import { mockTask, openBenchHost, quantile, roomyAgent } from "./lab.ts";

const mb = 1024 * 1024;
const python = "/usr/bin/python3";

/** Output: one large log, the latency of a line, and many streams at once; the first two beside `nomad alloc logs -f`. */
export async function logs(): Promise<Figure[]> {
  await using agent = await roomyAgent();
  return [await largeLog(agent), ...(await lineLatency(agent)), await manyStreams(agent)];
}

async function largeLog(agent: Agent): Promise<Figure> {
  const code = `line = "x" * 1023\nfor i in range(90 * 1024): print(line)\nprint("end", flush=True)\nimport time; time.sleep(300)`;
  const allocation = await startTask(agent, "large", code);
  await pause(10_000);
  const [ours, nomads]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    nomads.push(await seconds(() => readByNomad(agent, allocation, countTo(90 * mb), 90 * mb)));
    ours.push(await seconds(() => readByUs(agent, allocation, countTo(90 * mb))));
  }
  return figure("one log of 90 MB", "s", quantile(ours, 0.5), "nomad alloc logs -f", quantile(nomads, 0.5), 1);
}

async function lineLatency(agent: Agent): Promise<Figure[]> {
  const code = `import time\nwhile True: print(time.time(), flush=True); time.sleep(0.037)`;
  const allocation = await startTask(agent, "latency", code);
  const [ours, nomads]: [number[], number[]] = [[], []];
  await Promise.all([readByUs(agent, allocation, timeLines(ours)), readByNomad(agent, allocation, timeLines(nomads))]);
  const [own, other] = [quantile(ours, 0.95), quantile(nomads, 0.95)];
  return [
    figure("line latency, p95", "ms", own, "goal", 400, 1),
    figure("line latency, p95, beside nomad's", "ms", own, "nomad alloc logs -f", other, 1.1),
  ];
}

/** Fifty tasks that all say something all the time; what is missing at the end. */
async function manyStreams(agent: Agent): Promise<Figure> {
  await using host = openBenchHost(agent.address);
  const lines = 200;
  const read = Array.from({ length: 50 }, async (_, index) => {
    const text = `${String(index)} ${"y".repeat(2_000)}\n`;
    const config = { stdout_string: text, stdout_repeat: lines - 1, stdout_repeat_duration: "50ms" };
    const chunks: Uint8Array[] = [];
    const sink = sinkOf((bytes) => void chunks.push(bytes.slice()));
    const task = mockTask(`streams-${String(index)}`, 15, config);
    const signal = AbortSignal.timeout(200_000);
    await host.site().launch({ request: task, sink, report: () => undefined, signal });
    const arrived = Buffer.concat(chunks).toString();
    return arrived === text.repeat(lines) ? 0 : Math.abs(lines - arrived.split("\n").length + 1) || 1;
  });
  const missing = (await Promise.all(read)).reduce((sum, count) => sum + count, 0);
  return figure("50 streams at once, missing lines", "lines", missing, "all lines", 50 * lines, 0);
}

/** Takes bytes until it has enough. */
type Take = (bytes: Uint8Array) => boolean;

function countTo(most: number): Take {
  let count = 0;
  return (bytes) => (count += bytes.length) >= most;
}

/** Notes how old each line is when it arrives, for 20 s after the first second. */
function timeLines(ages: number[]): Take {
  const started = Date.now();
  let text = "";
  return (bytes) => {
    const now = Date.now();
    const lines = (text + Buffer.from(bytes).toString()).split("\n");
    text = lines.pop() ?? "";
    if (now - started > 1_000) ages.push(...lines.map((line) => now - Number(line) * 1_000));
    return now - started > 21_000;
  };
}

async function readByUs(agent: Agent, allocationId: string, take: Take): Promise<void> {
  await using transport = transportTo(siteAt(agent.address));
  const budget = new ConnectionBudget(8, systemClock);
  const enough = new AbortController();
  const sink = sinkOf((bytes, stream) => {
    if (stream === "stdout" && take(bytes)) enough.abort(new Error("enough"));
  });
  const where = { allocationId, task: "main", namespace: "default", fileBytes: 10 * mb };
  const task = { ...where, sink, ended: AbortSignal.any([]), quietMs: 0, onLoss: console.error };
  await followLogs(task, { transport, budget, clock: systemClock, logger: silentLogger }, enough.signal);
}

/** Nomad's own command; without `-tail` it begins with the newest of several files. */
async function readByNomad(agent: Agent, allocation: string, take: Take, last = 0): Promise<void> {
  const tail = last > 0 ? ["-tail", "-c", String(last)] : [];
  const args = ["alloc", "logs", "-f", ...tail, "-address", agent.address, allocation, "main"];
  const child = spawn(agent.nomadBinary, args, { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  child.stdout.on("data", (bytes: Buffer) => {
    if (take(bytes)) child.kill("SIGKILL");
  });
  await gone;
}

function sinkOf(write: (bytes: Uint8Array, stream: LogStream) => void): LogSink {
  return {
    write: (stream, bytes) => write(bytes, stream),
    end: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Starts a Python task on raw_exec; resolves with its allocation's ID. */
async function startTask(agent: Agent, jobId: string, code: string): Promise<string> {
  const job = composeJob({ jobId, driver: "raw_exec", argv: [python, "-c", code] });
  await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
  for (;;) {
    const [found] = (await agent.api(`/v1/job/${jobId}/allocations`)) as { ID: string; ClientStatus: string }[];
    if (found?.ClientStatus === "running") return found.ID;
    await pause(100);
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
