import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import type { Launch } from "../../../src/core/launch/context.js";
import { launchGang } from "../../../src/core/launch/launch-gang.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { OutcomeCause } from "../../../src/core/model/outcome.js";
import { request } from "../../support/builders.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { FaultProxy } from "../../support/fault-proxy.js";
import { openTestHost, Printed, run, uniqueId } from "../../support/launch-host.js";
import { outcomeStages } from "../../support/outcome-stages.js";

type Asked = Partial<LaunchRequest>;

const sh = (script: string): Asked => ({ argv: ["/bin/sh", "-c", script] });
const image = { driver: "docker", image: TEST_IMAGE };
const size = (memory: number) => ({ resources: { cpu: 50, memory, disk: 10 } });
const staged = new Set<OutcomeCause>();

/** What a container registry answers to whoever asks for a manifest. */
const registries: Readonly<Record<string, readonly [status: number, code: string]>> = {
  missing: [404, "MANIFEST_UNKNOWN"],
  refused: [401, "UNAUTHORIZED"],
  limited: [429, "TOOMANYREQUESTS"],
};

describe("each cause of docs/outcomes.md, on a real agent", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "mfn-outcomes-"));
  let agent: Agent;
  let host: Host;
  let impatient: Host;
  let registry: Server;

  beforeAll(async () => {
    agent = await startAgent({ docker: true, exec: true, quiet: true, cpuTotalCompute: 20_000, memoryTotalMb: 4_000 });
    host = openTestHost(agent.address);
    impatient = openTestHost(agent.address, { placementTimeoutSeconds: 2 });
    registry = createServer((asked, answer) => {
      const [status, code] = registries[String(asked.url).split("/")[2] ?? ""] ?? [200, ""];
      const body = code === "" ? "{}" : JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
      answer.writeHead(status, { "content-type": "application/json" }).end(body);
    }).listen(0, "127.0.0.1");
  });
  afterAll(async () => {
    registry?.close();
    await Promise.all([host, impatient].map((one) => one?.[Symbol.asyncDispose]()));
    await agent?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  /** What a test left would take the next one's room. */
  afterEach(async () => {
    const jobs = (await agent.api("/v1/jobs")) as { readonly ID: string; readonly Status: string }[];
    for (const { ID, Status } of jobs) if (Status !== "dead") await agent.api(`/v1/job/${ID}`, { method: "DELETE" });
  });

  /** Launches, does something once the task is there, and says how it ended. */
  async function end(
    asked: Asked,
    then?: { readonly on: "started" | "waiting"; readonly act: (id: string) => unknown },
    on = host,
  ) {
    const jobId = uniqueId("outcome");
    const wish = new AbortController();
    let acted: unknown;
    const outcome = await on.site().launch({
      request: request({ jobId, ...size(32), ...asked }),
      sink: new Printed(),
      signal: AbortSignal.any([wish.signal, AbortSignal.timeout(60_000)]),
      report: (news) => {
        if (news.kind === then?.on) acted ??= sleep(500).then(() => then.act(jobId));
      },
    });
    await acted;
    staged.add(outcome.cause);
    return outcome;
  }
  const stopJob = (id: string) => agent.api(`/v1/job/${id}`, { method: "DELETE" });
  const scheduler = (body: object) => agent.api("/v1/operator/scheduler/configuration", { method: "PUT", body });

  it.each<[OutcomeCause, string, Asked]>([
    ["succeeded", "succeeded", sh("true")],
    ["exit-code", "failed", sh("exit 7")],
    ["signal", "failed", sh("kill -SEGV $$")],
    ["time-limit", "timed-out", { ...sh("sleep 60"), timeoutSeconds: 1 }],
    [
      "set-up",
      "failed",
      {
        ...sh("exit 120"),
        exitMeanings: { "120": { sentence: "No package on {node}.", advice: "Look.", retriable: true } },
      },
    ],
    // The step's own code is one that the script before it has a meaning for, but did not say.
    [
      "exit-code",
      "failed",
      {
        ...sh("echo all is well; exit 120"),
        exitMeanings: { "120": { sentence: "No package.", advice: "Look.", retriable: true, sign: "failed:" } },
      },
    ],
    [
      "set-up",
      "failed",
      {
        ...sh("echo failed: no package >&2; exit 120"),
        exitMeanings: { "120": { sentence: "No package.", advice: "Look.", retriable: true, sign: "failed:" } },
      },
    ],
    ["oom-reported", "oom-killed", { ...image, argv: ["python3", "-c", "x = bytearray(400_000_000)"], ...size(64) }],
    [
      "sibling",
      "failed",
      { ...sh("true"), blocks: { prestart: { command: ["sh", "-c", "exit 3"], cpu: 50, memory: 32 } } },
    ],
    ["artifact", "failed", { ...sh("true"), blocks: { artifacts: [{ source: "http://127.0.0.1:1/x" }] } }],
    [
      "template",
      "failed",
      { ...sh("true"), blocks: { templates: [{ data: "{{ nothing }}", destination: "local/x" }] } },
    ],
    ["driver-known", "driver-failed", { argv: ["/no/such/command"] }],
    ["driver-other", "driver-failed", { driver: "mock_driver", driverConfig: { start_error: "boom" }, argv: ["x"] }],
  ])("each cause: %s", async (cause, kind, asked) => {
    const outcome = await end(asked);
    expect(outcome, outcome.sentence).toMatchObject({ cause, kind });
  });

  it.each<[string, RegExp, boolean]>([
    ["missing", /does not exist for this node/, false],
    ["refused", /refused to give the image/, false],
    ["limited", /limits how often/, true],
    ["gone", /cannot be reached from the node/, true],
  ])("each cause: an image of a registry where it is %s", async (name, sentence, retriable) => {
    const { port } = registry.address() as AddressInfo;
    const at = `127.0.0.1:${String(name === "gone" ? 1 : port)}/${name}/app:1`;
    const outcome = await end({ driver: "docker", image: at, argv: ["true"] });
    expect(outcome.sentence).toMatch(sentence);
    expect(outcome).toMatchObject({ cause: "driver-known", kind: "image-pull", retriable });
  });

  it("each cause: oom-inferred, a container killed by nobody Nomad knows of", async () => {
    const kill = async (id: string) => {
      const [found] = (await agent.api(`/v1/job/${id}/allocations`)) as { readonly ID: string }[];
      execFileSync("docker", ["kill", "-s", "KILL", `main-${String(found?.ID)}`]);
    };
    const outcome = await end({ ...image, argv: ["sleep", "60"] }, { on: "started", act: kill });
    expect(outcome, outcome.sentence).toMatchObject({ cause: "oom-inferred", kind: "oom-killed", exitCode: 137 });
  });

  it("each cause: exit-code, not oom-inferred, where somebody had Nomad send the signal", async () => {
    const kill = async (id: string) => {
      const [found] = (await agent.api(`/v1/job/${id}/allocations`)) as { readonly ID: string }[];
      const body = { Signal: "SIGKILL", Task: "main" };
      await agent.api(`/v1/client/allocation/${String(found?.ID)}/signal`, { method: "PUT", body });
    };
    const outcome = await end({ ...image, argv: ["sleep", "60"] }, { on: "started", act: kill });
    expect(outcome, outcome.sentence).toMatchObject({ cause: "exit-code", kind: "failed", exitCode: 137 });
  });

  it("each cause: stopped by an operator, while it runs and while it waits; interrupted", async () => {
    const running = await end(sh("sleep 60"), { on: "started", act: stopJob });
    expect(running).toMatchObject({ cause: "operator", kind: "stopped", retriable: false });
    const early = await end({ ...sh("true"), ...size(900_000) }, { on: "waiting", act: stopJob });
    expect(early).toMatchObject({ cause: "stopped-waiting", kind: "stopped" });
    const wish = new AbortController();
    const going = run(host, { ...sh("sleep 60"), ...size(32) }, wish.signal);
    await sleep(2_000);
    wish.abort(new Error("enough"));
    const { outcome } = await going;
    expect(outcome).toMatchObject({ cause: "interrupted", kind: "stopped" });
    staged.add(outcome.cause);
  });

  it("each cause: not placed, since nodes are full, unfit, or nobody looked", async () => {
    expect(await end({ ...sh("true"), ...size(900_000) }, undefined, impatient)).toMatchObject({
      cause: "unfit",
      kind: "unplaced",
      retriable: false,
    });
    const blocker = run(host, { ...sh("sleep 60"), ...size(3_000) });
    await sleep(2_000);
    const full = await end({ ...sh("true"), ...size(2_000) }, undefined, impatient);
    expect(full).toMatchObject({ cause: "full", kind: "unplaced", retriable: true });
    expect(full.sentence).toContain("memory exhausted on 1 node");
    const jobs = (await agent.api("/v1/jobs")) as { readonly ID: string; readonly Status: string }[];
    for (const { ID, Status } of jobs) if (Status === "running") await stopJob(ID);
    await blocker;
    await scheduler({ PauseEvalBroker: true });
    try {
      const asked = await end(sh("true"), undefined, impatient);
      expect(asked).toMatchObject({ cause: "not-considered", kind: "unplaced", retriable: true });
    } finally {
      await scheduler({ PauseEvalBroker: false });
    }
  });

  it("each cause: preempted, by a job of higher priority", async () => {
    await scheduler({ PreemptionConfig: { BatchSchedulerEnabled: true } });
    const group = {
      Name: "g",
      Tasks: [{ Name: "t", Driver: "mock_driver", Config: { run_for: "1s" }, Resources: { CPU: 50, MemoryMB: 3_000 } }],
    };
    const Job = { ID: uniqueId("urgent"), Type: "batch", Priority: 90, Datacenters: ["*"], TaskGroups: [group] };
    const urgent = () => agent.api("/v1/jobs", { method: "PUT", body: { Job } });
    const asked = { ...sh("sleep 60"), ...size(3_000), placement: { priority: 10 } };
    const outcome = await end(asked, { on: "started", act: urgent });
    expect(outcome, outcome.sentence).toMatchObject({ cause: "preempted", kind: "preempted", retriable: true });
    expect(((await agent.api(`/v1/job/${outcome.jobId}/allocations`)) as unknown[]).length).toBe(1);
  });

  it("each cause: drained", async () => {
    const path = `/v1/node/${agent.nodeId}/drain`;
    const drain = () => agent.api(path, { method: "POST", body: { DrainSpec: { Deadline: -1 } } });
    const outcome = await end(sh("sleep 60"), { on: "started", act: drain });
    await agent.api(path, { method: "POST", body: { DrainSpec: null, MarkEligible: true } });
    expect(outcome).toMatchObject({ cause: "drained", kind: "drained", retriable: true });
    await eventually(async () => {
      const node = (await agent.api(`/v1/node/${agent.nodeId}`)) as { readonly SchedulingEligibility: string };
      return node.SchedulingEligibility === "eligible" || undefined;
    });
  });

  /** A new event stream begins with what the server still remembers: it tells the end even so. */
  it.each(["blocking", "poll"])("each cause: collected before its end was seen, watched by %s", async (watch) => {
    await using proxy = await FaultProxy.to(agent.httpPort);
    const gate = join(folder, uniqueId("gate"));
    const collect = async (id: string) => {
      proxy.begin("drop");
      writeFileSync(gate, "");
      await eventually(async () => {
        await agent.api("/v1/system/gc", { method: "PUT" });
        return (await agent.request(`/v1/job/${id}`)).status === 404 || undefined;
      });
      proxy.heal();
    };
    await using behind = openTestHost(proxy.address, { watch });
    const asked = sh(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
    const outcome = await end(asked, { on: "started", act: collect }, behind);
    expect(existsSync(gate)).toBe(true);
    expect(outcome, outcome.sentence).toMatchObject({ cause: "collected", kind: "unknown", retriable: true });
  });

  it("each cause: a job that was registered and is gone is not registered again", async () => {
    const jobId = uniqueId("outcome");
    const asked: Launch = {
      request: request({ jobId, ...sh("true") }),
      sink: new Printed(),
      report: () => undefined,
      signal: AbortSignal.timeout(30_000),
      resumes: true,
    };
    expect(await host.site().launch(asked)).toMatchObject({ cause: "collected" });
    expect((await agent.request(`/v1/job/${jobId}`)).status).toBe(404);
  });

  it("each cause: a gang of which one finds no place in time, and one of which one fails", async () => {
    const gang = async (...asked: Asked[]) => {
      const tasks = asked.map((one): Launch => ({
        request: request({ jobId: uniqueId("gang"), ...size(32), ...one }),
        sink: new Printed(),
        report: () => undefined,
        signal: AbortSignal.timeout(60_000),
      }));
      const launch = (task: Launch) => host.site().launch(task);
      const { outcomes } = await launchGang(tasks, { launch, clock: systemClock, timeoutSeconds: 3 });
      for (const { cause } of outcomes) staged.add(cause);
      return outcomes.map(({ cause }) => cause);
    };
    const blocker = new AbortController();
    const blocking = run(host, { ...sh("sleep 60"), ...size(3_000) }, blocker.signal);
    await sleep(1_500);
    expect(await gang(sh("sleep 60"), { ...sh("true"), ...size(2_000) })).toEqual(["gang-ended", "gang-late"]);
    blocker.abort(new Error("enough"));
    await blocking;
    expect(await gang(sh("sleep 60"), sh("sleep 1; exit 3"))).toEqual(["gang-ended", "exit-code"]);
  });

  it("were all brought about", () => {
    const wanted = Object.entries(outcomeStages).flatMap(([cause, { file }]) => (file === here ? [cause] : []));
    expect([...staged].sort()).toEqual(wanted.sort());
  });
});

const here = "test/integration/launch/outcomes.int.test.ts";
