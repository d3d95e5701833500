import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogMark, LogStream } from "../../../src/core/contracts/log-sink.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import type { Host } from "../../../src/core/host/host.js";
import { ConnectionBudget } from "../../../src/core/logs/connection-budget.js";
import { followLogs } from "../../../src/core/logs/follow-logs.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { composeJob } from "../../support/compose.js";
import { eventually } from "../../support/eventually.js";
import { openTestHost, Printed, run, uniqueId } from "../../support/launch-host.js";
import { silentLogger } from "../../support/silent-logger.js";
import { siteAt, transportTo } from "../../support/transport-site.js";

const mb = 1024 * 1024;

let agent: Agent;
let host: Host;

beforeAll(async () => {
  // A data folder of its own outlives the agent: its tasks go on while it is away.
  agent = await startAgent({ quiet: true, dev: false });
  host = openTestHost(agent.address);
});

afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await agent?.stop();
});

/** A Python task whose log Nomad keeps in so many files of 1 MB. */
function task(code: string, files = 1): Partial<LaunchRequest> {
  const logs = { max_files: files, max_file_size: 1 };
  return { driver: "raw_exec", argv: ["/usr/bin/python3", "-uc", code], blocks: { logs } };
}

/** Numbered lines of 1 KiB, so many, with a pause after every hundred. */
const lines = (count: number, pause: number) =>
  `import time\nfor i in range(${count}):\n  print(f"{i:08d}" + "x" * 1015)\n  if i % 100 == 99: time.sleep(${pause})`;
const numbers = (text: string) => text.split("\n").flatMap((line) => (line === "" ? [] : [Number(line.slice(0, 8))]));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** How many bytes a task's warnings say were rotated away. */
function toldBytes(warnings: readonly string[]): number {
  const found = warnings.map((text) =>
    Number(/rotated up to ([\d,]+) bytes/.exec(text)?.[1]?.replaceAll(",", "") ?? 0),
  );
  return found.reduce((sum, bytes) => sum + bytes, 0);
}

/** Reads a task's log by one reader after another, each of which stops after so many lines. */
async function readInTurns(asked: Partial<LaunchRequest>, most: number) {
  const job = composeJob({ jobId: uniqueId("turns"), ...asked });
  await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
  const path = `/v1/job/${job.ID}/allocations`;
  const find = async () => ((await agent.api(path)) as { ID: string; ClientStatus: string }[])[0];
  const allocation = await eventually(async () => {
    const found = await find();
    return found?.ClientStatus === "running" ? found : undefined;
  });
  await using transport = transportTo(siteAt(agent.address));
  const budget = new ConnectionBudget(8, systemClock);
  const parts = { transport, budget, clock: systemClock, logger: silentLogger };
  const [texts, losses]: [string[], string[]] = [[], []];
  let marks: Partial<Record<LogStream, LogMark>> = {};
  let over = false;
  while (!over) {
    const [enough, ended] = [new AbortController(), new AbortController()];
    const sink = new Stopping(marks, most, () => enough.abort(new Error("enough")));
    const source = { allocationId: allocation.ID, task: "main", namespace: "default", fileBytes: mb };
    const onLoss = (why: string) => losses.push(why);
    const reading = followLogs({ ...source, sink, ended: ended.signal, quietMs: 0, onLoss }, parts, enough.signal);
    over = await Promise.race([
      sink.full,
      eventually(async () => (await find())?.ClientStatus === "complete" || undefined),
    ]);
    if (over) ended.abort();
    await reading.catch(() => undefined);
    texts.push(sink.stdout);
    marks = sink.resumeFrom;
  }
  const files = (await agent.api(`/v1/client/fs/ls/${allocation.ID}?path=alloc/logs`)) as { Name: string }[];
  const deleted = !files.some(({ Name }) => Name === "main.stdout.0");
  return { text: texts.join(""), losses, readers: texts.length, deleted };
}

/** Keeps what is printed until it is enough, and where the log stands then. */
class Stopping extends Printed {
  readonly #full = Promise.withResolvers<false>();
  readonly full = this.#full.promise;

  constructor(
    readonly resumeFrom: Partial<Record<LogStream, LogMark>>,
    private readonly most: number,
    private readonly enough: () => void,
  ) {
    super();
  }

  override write(stream: LogStream, bytes: Uint8Array, mark?: LogMark): void {
    super.write(stream, bytes);
    if (mark !== undefined) this.resumeFrom[stream] = mark;
    if (this.stdout.split("\n").length <= this.most) return;
    this.enough();
    this.#full.resolve(false);
  }
}

describe("the log of a task", () => {
  it("is whole across many rotations while it is read as fast as it is written", async () => {
    const { outcome, printed, progress } = await run(host, task(lines(8_000, 0.1), 5));
    expect(outcome.kind).toBe("succeeded");
    expect(progress.filter(({ kind }) => kind === "warning")).toEqual([]);
    expect(numbers(printed.stdout)).toEqual(upTo(8_000));
  });

  it("has a line with the bytes that Nomad had dropped before they could be read", async () => {
    const { printed, progress } = await run(host, task(lines(20_000, 0)));
    const warnings = progress.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
    const seen = numbers(printed.stdout.slice(printed.stdout.indexOf("\n0") + 1));
    expect(seen.at(-1)).toBe(19_999);
    const missing = 20_000 * 1_024 - Buffer.byteLength(printed.stdout);
    expect(missing).toBeGreaterThan(mb);
    expect(warnings.join()).toContain("stdout: Nomad rotated up to");
    // What is told is a bound: files may be a little smaller than their limit, so that no line is cut.
    expect(toldBytes(warnings)).toBeGreaterThanOrEqual(missing);
    expect(toldBytes(warnings)).toBeLessThanOrEqual(missing * 1.2 + mb);
  });

  it("goes on in another reader where the last one stopped, though files it had read are gone", async () => {
    const { text, losses, readers, deleted } = await readInTurns(task(lines(6_000, 0.15), 4), 1_000);
    expect(losses).toEqual([]);
    expect(numbers(text)).toEqual(upTo(6_000));
    expect(readers).toBeGreaterThan(3);
    expect(deleted).toBe(true);
  });

  it("goes on where it was when the client's agent is restarted", { timeout: 180_000 }, async () => {
    const going = run(host, task(lines(3_000, 0.5), 10));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await agent.restart();
    const { outcome, printed, progress } = await going;
    expect(outcome.kind).toBe("succeeded");
    expect(numbers(printed.stdout)).toEqual(upTo(3_000));
    expect(
      progress.filter(({ kind, ...news }) => kind === "warning" && JSON.stringify(news).includes("output")),
    ).toEqual([]);
  });
});
