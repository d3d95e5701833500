import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { JsonObject } from "../../../src/core/model/json.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { LaunchProgress } from "../../../src/core/model/progress.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { openTestHost, Printed, uniqueId } from "../../support/launch-host.js";
import { request } from "../../support/builders.js";

/** A node counts as silent some 3 seconds after its last heartbeat, instead of 20. */
const server = { heartbeat_grace: "1s", min_heartbeat_ttl: "1s" };

describe.each(["1.11.0", "1.7.7"])("two nodes of Nomad %s", (version) => {
  let first: Agent;
  let second: Agent;
  let host: Host;
  let root: string;
  const node: Record<string, string> = {};

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "mfn-two-nodes-"));
    const common = { version, dev: false, quiet: true, memoryTotalMb: 2_000 };
    first = await startAgent({ ...common, server, meta: { which: "first" }, nodeClass: "small" });
    const client = { servers: [`127.0.0.1:${String(first.rpcPort)}`] };
    const other = { server: { enabled: false }, client, meta: { which: "second" }, nodeClass: "large" };
    second = await startAgent({ ...common, ...other });
    await until(async () => {
      for (const { Name, ID, Status } of (await first.api("/v1/nodes")) as Record<string, string>[]) {
        if (Status === "ready") node[Name ?? ""] = ID ?? "";
      }
      return Object.keys(node).length === 2;
    });
    host = openTestHost(first.address);
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await second?.stop();
    await first?.stop();
    await rm(root, { recursive: true, force: true });
  });

  const nameOf = (agent: Agent) => `test-${String(agent.httpPort)}`;
  const prefer = (which: string, weight = 100) => ({ attribute: "${meta.which}", value: which, weight });
  /** Sleeps where it is placed first, and ends where it is placed next. */
  const endsElsewhere = () => {
    const mark = join(root, uniqueId("mark"));
    return `if mkdir ${mark}; then echo one; sleep 600; else echo two; fi`;
  };

  /** Launches on the second node, and does something to it as soon as the task runs. */
  async function disturbed(script: string, blocks: JsonObject, disturb: () => unknown) {
    const told: LaunchProgress[] = [];
    const printed = new Printed();
    let done: unknown;
    const report = (news: LaunchProgress) => {
      told.push(news);
      if (news.kind === "started" && done === undefined)
        done = new Promise((resolve) => setTimeout(resolve, 1_500)).then(disturb);
    };
    const asked = request({
      jobId: uniqueId("nodes"),
      argv: ["/bin/sh", "-c", script],
      blocks: { affinities: prefer("second"), ...blocks },
    });
    const outcome = await host
      .site()
      .launch({ request: asked, sink: printed, report, signal: AbortSignal.timeout(90_000) });
    await done;
    const places = told.flatMap((news) => (news.kind === "placed" ? [news.placement.nodeName] : []));
    const warnings = told.flatMap((news) => (news.kind === "warning" ? [news.message] : [])).join("\n");
    return { outcome, places, warnings, stdout: printed.stdout };
  }

  /** The node's agent hears and says nothing any more; its tasks go on. */
  function silence(): void {
    process.kill(second.pid, "SIGSTOP");
  }

  async function wake(): Promise<void> {
    process.kill(second.pid, "SIGCONT");
    const path = `/v1/node/${node[nameOf(second)] ?? ""}`;
    await until(async () => ((await first.api(path)) as { Status: string }).Status === "ready");
  }

  it.each([
    ["second", 100],
    ["first", -100],
  ])("a step runs where it prefers to: %s (weight %i)", async (where, weight) => {
    const { outcome } = await disturbed("true", { affinities: prefer("second", weight) }, () => undefined);
    expect(outcome.nodeName).toBe(nameOf(where === "second" ? second : first));
  });

  it.each<[string, Partial<LaunchRequest>, LaunchRequest["resources"], string]>([
    [
      "one of a class is unfit, one of another too small",
      { placement: { constraints: [{ LTarget: "${meta.which}", Operand: "=", RTarget: "second" }] } },
      { cpu: 50, memory: 5_000, disk: 10 },
      "1 node does not meet ${meta.which} = second; memory exhausted on 1 node (needs 5000 MB, the largest node has " +
        "# MB); by node class: 1 of small unfit, 1 of large without room",
    ],
    [
      "none has room on its disk",
      {},
      { cpu: 50, memory: 50, disk: 900_000_000 },
      "disk exhausted on 2 nodes (needs 900000000 MB, the largest node has # MB); by node class: 1 of large without room, 1 of small without room",
    ],
  ])(
    "a job without a place is told how many nodes of which class do not do, and why: %s",
    async (_name, over, resources, why) => {
      const asked = request({ jobId: uniqueId("nodes"), argv: ["true"], ...over, resources });
      const wish = new AbortController();
      const reasons: string[] = [];
      const report = (news: LaunchProgress) => {
        if (news.kind !== "waiting") return;

        reasons.push(news.reason);
        wish.abort(new Error("enough"));
      };
      await host.site().launch({ request: asked, sink: new Printed(), report, signal: wish.signal });
      expect(reasons.map((reason) => reason.replace(/has \d{4,} MB/, "has # MB"))).toEqual([why]);
    },
  );

  /** 1.11 stops the allocations of batch jobs when it drains a node, and places none instead (nomad/drainer/drainer.go). */
  it("a drained task that may be placed anew is followed, where Nomad places it anew", async () => {
    const path = `/v1/node/${node[nameOf(second)] ?? ""}/drain`;
    const drain = () => first.api(path, { method: "POST", body: { DrainSpec: { Deadline: -1 } } });
    const { outcome, places, stdout } = await disturbed(endsElsewhere(), { reschedule: 1 }, drain);
    await first.api(path, { method: "POST", body: { DrainSpec: null, MarkEligible: true } });
    const [kind, said, nodes] =
      version === "1.7.7" ? ["succeeded", "one\ntwo\n", [second, first]] : ["drained", "one\n", [second]];
    expect([outcome.kind, stdout, places], outcome.sentence).toEqual([kind, said, nodes.map(nameOf)]);
  });

  if (version === "1.7.7") return; // It has no disconnect block.

  it("a task of a silent node runs elsewhere where `replace` allows it", async () => {
    const disconnect = { lost_after: "60s", replace: true };
    const { outcome, places, warnings, stdout } = await disturbed(endsElsewhere(), { disconnect }, () => silence());
    await wake();
    expect(outcome, outcome.sentence).toMatchObject({ kind: "succeeded" });
    expect(stdout).toBe("one\ntwo\n");
    expect(places).toEqual([nameOf(second), nameOf(first)]);
    expect(warnings).toMatch(/does not answer \(node test-\d+\); Nomad placed the task anew/);
    // What was left on the silent node is not wanted any more: Nomad ends it when it hears of the node again.
    await until(async () => {
      const allocations = (await first.api(`/v1/job/${outcome.jobId}/allocations`)) as Record<string, string>[];
      return allocations.every(
        ({ ClientStatus, DesiredStatus }) => ClientStatus === "complete" || DesiredStatus === "stop",
      );
    });
  });

  it.runIf(version === "1.11.0")(
    "a task of a silent node is waited for as long as `lost_after` says, and runs once",
    async () => {
      const { outcome, places, warnings, stdout } = await disturbed(
        endsElsewhere(),
        { disconnect: { lost_after: "3s" } },
        () => silence(),
      );
      process.kill(second.pid, "SIGCONT");
      expect(outcome).toMatchObject({ kind: "lost" });
      expect(warnings).toContain("it is waited for, at most 3 s");
      expect([places.length, stdout]).toEqual([1, "one\n"]);
    },
  );
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come about");
}
