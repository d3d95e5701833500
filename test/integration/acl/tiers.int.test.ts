import { createServer, request as forward } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canExec } from "../../../src/core/contracts/task-exec.js";
import type { ApiCall } from "../../../src/core/contracts/transport.js";
import type { Logger } from "../../../src/core/contracts/logger.js";
import { describeError } from "../../../src/core/errors/launcher-error.js";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, startAclAgent } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { findingsOn, siteFor } from "../../support/examine.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";
import { blocks, read } from "../../support/markdown.js";
import { silentLogger } from "../../support/silent-logger.js";

const tiers = ["run", "preflight", "pools", "operate"] as const;
const policyOf = (tier: (typeof tiers)[number]) => read(`config/policies/${tier}.hcl`);
const task = {
  driver: "raw_exec",
  resources: { cpu: 50, memory: 32 },
  argv: ["sh", "-c", 'echo "read $PASSWORD"'],
  secretEnv: { PASSWORD: "s3cr3t" },
};

let agent: Agent;
const tokens = new Map<string, string>();
const logged: string[] = [];
const logger: Logger = {
  ...silentLogger,
  warn: (fields, message) => void logged.push(JSON.stringify([fields, message])),
};

const open = (token: string, address = agent.address) => openTestHost(address, { auth: { token } }, logger);
const as = (tier: (typeof tiers)[number]) => open(tokens.get(tier) ?? "");
const never = () => new AbortController().signal;
const ask = (host: Host, call: ApiCall) =>
  host
    .site()
    .transport.request(call, never())
    .then(() => "allowed", describeError);

/** A job of somebody else's that sleeps; its allocation, once it runs. */
async function sleeper(): Promise<{ readonly job: string; readonly allocationId: string }> {
  const job = uniqueId("sleeper");
  const Tasks = [{ Name: "main", Driver: "raw_exec", Config: { command: "sleep", args: ["300"] } }];
  const Job = { ID: job, Name: job, Type: "batch", Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks }] };
  await agent.api("/v1/jobs", { method: "POST", body: { Job } });
  const allocationId = await eventually(async () => {
    const [found] = (await agent.api(`/v1/job/${job}/allocations`)) as { ID: string; ClientStatus: string }[];
    return found?.ClientStatus === "running" ? found.ID : undefined;
  });
  return { job, allocationId };
}

async function execIn(host: Host, allocationId: string): Promise<string> {
  const { transport } = host.site();
  if (!canExec(transport)) throw new Error("the http transport can exec");
  const call = { allocationId, task: "main", namespace: "default", command: ["true"] };
  return transport
    .exec(call, { output: () => undefined }, never())
    .then((code) => `exit ${String(code)}`, describeError);
}

beforeAll(async () => {
  agent = await startAclAgent({ quiet: true });
  const Tasks = [{ Name: "main", Driver: "raw_exec", Config: { command: "true" } }];
  const job = { ID: "dispatched", Type: "batch", Datacenters: ["*"], ParameterizedJob: {} };
  await agent.api("/v1/jobs", { method: "POST", body: { Job: { ...job, TaskGroups: [{ Name: "g", Tasks }] } } });
  for (const tier of tiers) tokens.set(tier, (await agent.createToken(tier, policyOf(tier))).token);
});
afterAll(() => agent.stop());

describe("the page", () => {
  it("shows each policy as it is", () => {
    const shown = blocks("hcl").filter(({ where }) => where.startsWith("docs/acl.md:"));
    expect(shown.map(({ text }) => text)).toEqual(tiers.map(policyOf));
  });
});

describe.each(tiers)("with the policy %s", (tier) => {
  it("a task runs, its output and its secret arrive, and nothing is warned of", async () => {
    await using host = as(tier);
    const { outcome, printed, progress } = await run(host, task);
    expect([outcome.kind, printed.stdout]).toEqual(["succeeded", "read s3cr3t\n"]);
    expect(progress.filter(({ kind }) => kind === "warning")).toEqual([]);
    expect((await agent.request(`/v1/var/nomad/jobs/${outcome.jobId}`)).status).toBe(404);
  });

  it("jobs are listed, and a task is stopped", async () => {
    await using host = as(tier);
    expect(await ask(host, { method: "GET", path: "/jobs", query: { prefix: "x" } })).toBe("allowed");
    const stop = new AbortController();
    const argv = ["sh", "-c", "echo on; sleep 300"];
    const jobId = uniqueId("stopped");
    const ended = run(host, { driver: "raw_exec", jobId, argv }, stop.signal);
    await eventually(async () => {
      const [found] = (await agent.api(`/v1/job/${jobId}/allocations`)) as { ClientStatus: string }[];
      return found?.ClientStatus === "running" || undefined;
    });
    stop.abort(new Error("enough"));
    expect((await ended).outcome.kind).toBe("stopped");
    expect((await agent.api(`/v1/job/${jobId}`)).Stop).toBe(true);
  });

  it("doctor and its probe find what it promises", async () => {
    const site = siteFor(agent, { auth: { token: tokens.get(tier) ?? "" } });
    const found = await findingsOn(site, { probe: true });
    const lacking = [...found.values()].filter(({ check, status }) => check.startsWith("right ") && status !== "ok");
    const expected = {
      run: ["node:read", "agent:read", "alloc-exec"],
      preflight: ["alloc-exec"],
      pools: [],
      operate: [],
    };
    expect(lacking.map(({ check }) => check.replace("right ", ""))).toEqual(expected[tier]);
    expect([...found.values()].filter(({ status }) => status === "fail")).toEqual([]);
  });

  it("exec, nodes, allocations and tokens are as the table says, and a refusal names the right", async () => {
    await using host = as(tier);
    const { job, allocationId } = await sleeper();
    const refusal = (right: string): unknown => expect.stringContaining(`lacks the right ${right}`);
    const drain = { DrainSpec: null, MarkEligible: true };
    const operates = tier === "operate";
    const said = [
      await execIn(host, allocationId),
      await ask(host, { method: "GET", path: "/nodes" }),
      await ask(host, { method: "GET", path: "/agent/self" }),
      await ask(host, { method: "PUT", path: `/node/${agent.nodeId}/drain`, body: drain }),
      await ask(host, { method: "GET", path: `/client/fs/ls/${allocationId}`, query: { path: "/" } }),
      await ask(host, { method: "PUT", path: `/client/allocation/${allocationId}/restart`, body: {} }),
      await ask(host, { method: "POST", path: "/job/dispatched/dispatch", body: {} }),
      await ask(host, { method: "DELETE", path: `/job/${job}` }),
      await ask(host, { method: "GET", path: "/acl/tokens" }),
    ];
    expect(said).toEqual([
      operates ? "exit 0" : refusal("alloc-exec"),
      tier === "run" ? refusal("node:read") : "allowed",
      tier === "run" ? refusal("agent:read") : "allowed",
      operates ? "allowed" : refusal("node:write"),
      operates || tier === "pools" ? "allowed" : refusal("read-fs"),
      operates ? "allowed" : refusal("alloc-lifecycle"),
      operates ? "allowed" : refusal("dispatch-job"),
      "allowed",
      refusal("of a management token"),
    ]);
  });
});

/** The policy `run` without one of its capabilities. */
function without(capability: string): string {
  const text = policyOf("run");
  const less = text.replace(new RegExp(`"${capability}"(, )?`), "").replace(", ]", "]");
  expect(less).not.toBe(text);
  return less;
}

describe("the policy run, less one right", () => {
  it.each(["submit-job", "read-job"])("%s: the task is refused with its name, and no job is left", async (name) => {
    const { token } = await agent.createToken(`no-${name}`, without(name));
    await using host = open(token);
    const jobId = uniqueId("refused");
    const said = await run(host, { ...task, jobId }).then(({ outcome }) => outcome.kind, describeError);
    expect(said).toMatch(new RegExp(`^NOMAD_E_API_FORBIDDEN: .*lacks the right ${name} `));
    const { status, json } = await agent.request(`/v1/job/${jobId}`);
    expect(status === 404 || json.Stop).toBe(true);
  });

  it("list-jobs: the task runs, and a list says it", async () => {
    const { token } = await agent.createToken("no-list-jobs", without("list-jobs"));
    await using host = open(token);
    expect((await run(host, task)).outcome.kind).toBe("succeeded");
    expect(await ask(host, { method: "GET", path: "/jobs" })).toContain("lacks the right list-jobs");
  });

  it.each([
    ["read-logs", "lacks the right read-logs"],
    ["write", "PASSWORD are readable in the job: the token may not write"],
  ])("%s: the task runs, and a warning says it", async (name, text) => {
    const { token } = await agent.createToken(`no-${name}`, without(name));
    await using host = open(token);
    const { outcome, progress } = await run(host, task);
    expect(outcome.kind).toBe("succeeded");
    expect(progress.flatMap((news) => (news.kind === "warning" ? [news.message] : [])).join()).toContain(text);
  });

  it("destroy: the task runs, and the log says it", async () => {
    const { token } = await agent.createToken("no-destroy", without("destroy"));
    await using host = open(token);
    logged.length = 0;
    expect((await run(host, task)).outcome.kind).toBe("succeeded");
    expect(logged.join()).toContain("lacks the right destroy for the path in");
  });
});

/** A gate before the agent that lets everything through but what it is told to refuse, in Nomad's own words. */
async function gate(refused: RegExp) {
  const server = createServer((from, to) => {
    if (refused.test(from.url ?? "")) {
      to.writeHead(403).end("Permission denied");
      return;
    }
    const { method, headers } = from;
    const on = forward(agent.address + (from.url ?? ""), { method, headers }, (reply) => {
      to.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(to);
    });
    on.on("error", () => to.destroy());
    to.on("close", () => on.destroy());
    from.pipe(on);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

describe("the event stream refused", () => {
  it.each([
    ["by blocking queries", /^\/v1\/event\/stream/, "Nomad is watched by blocking"],
    ["by polling", /^\/v1\/event\/stream|[?&]wait=/, "Nomad is watched by poll"],
  ])("a task is watched %s", async (_name, refused, text) => {
    const { server, address } = await gate(refused);
    try {
      await using host = open(tokens.get("run") ?? "", address);
      logged.length = 0;
      const { outcome, printed } = await run(host, task);
      expect([outcome.kind, printed.stdout]).toEqual(["succeeded", "read s3cr3t\n"]);
      expect(logged.join()).toContain(text);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
