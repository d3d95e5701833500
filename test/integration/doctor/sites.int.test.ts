import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SiteInput } from "../../../src/core/config/schema.js";
import type { Submitter } from "../../../src/core/doctor/submitter.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { findingsOn, siteFor } from "../../support/examine.js";

const folder = mkdtempSync(join(tmpdir(), "doctor-sites-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const submitter: Submitter = {
  python: "2.7",
  interpreter: "/no/such/python",
  image: "python:2.7",
  datastore: { type: "local", root: join(folder, ".metaflow"), findings: [] },
};

describe.each(["1.11.0", "1.7.7"])("a site on Nomad %s", (version) => {
  let agent: Agent;
  const devices = join(folder, "devices");
  beforeAll(async () => {
    mkdirSync(devices, { recursive: true });
    writeFileSync(join(devices, "one"), "");
    chmodSync(join(devices, "one"), 0o644);
    const hostVolumes = { data: folder, sealed: { path: folder, readOnly: true } };
    agent = await startAgent({ version, quiet: true, hostVolumes, devices: { dir: devices }, memoryTotalMb: 2000 });
  });
  afterAll(() => agent?.stop());

  const on = (over: Partial<SiteInput>, options: Parameters<typeof findingsOn>[1] = {}) =>
    findingsOn(siteFor(agent, over), options);

  it("that is well has no failing line, and says what there is", async () => {
    const shared = { path: folder, volume: "data" };
    const found = await on(
      { shared, gpu: { device: "nomad/file" }, defaults: { datacenters: ["dc*"] } },
      { submitter },
    );
    expect([...found.values()].filter(({ status }) => status === "fail")).toEqual([]);
    expect(found.get("version")?.found).toBe(`Nomad ${version}`);
    expect(found.get("token")?.found).toBe("none is needed: ACLs are off");
    expect(found.get("driver")?.found).toBe("raw_exec is healthy on 1 of 1 eligible nodes");
    expect(found.get("memory")?.found).toMatch(
      /^512 MB by default; the largest node has 2000 MB, the most that is free/,
    );
    expect(found.get("host volume")?.found).toBe("data is on 1 of 1 eligible nodes");
    expect(found.get("device")?.found).toBe("nomad/file is on 1 of 1 eligible nodes");
    expect(found.get("datacenter")?.found).toBe("dc*, with 1 ready node");
    expect(found.get("placement")?.status).toBe("ok");
    expect(found.get("event stream")?.status).toBe("ok");
    expect(found.get("storage")?.status).toBe("ok");
  });

  const broken: [line: string, over: Partial<SiteInput>, found: RegExp, todo: RegExp][] = [
    ["region", { region: "nowhere" }, /^there is no region nowhere$/, /one of global/],
    ["namespace", { defaults: { namespace: "defaul" } }, /^there is no namespace defaul$/, /Did you mean default\?/],
    ["datacenter", { defaults: { datacenters: ["dc2"] } }, /no ready node in datacenter dc2/, /Did you mean dc1\?/],
    ["node pool", { defaults: { nodePool: "defalt" } }, /^there is no node pool defalt$/, /Did you mean default\?/],
    ["driver", { driver: "raw_exce" }, /^raw_exce is healthy on 0 of 1/, /Did you mean raw_exec\?.*nodes have/],
    [
      "memory",
      { defaults: { memory: 4000 } },
      /^4000 MB by default; the largest node has 2000 MB/,
      /Lower defaults.memory/,
    ],
    ["cpu", { defaults: { cpu: 900_000 } }, /^900000 MHz by default/, /Lower defaults.cpu/],
    ["disk", { defaults: { disk: 900_000_000 } }, /^900000000 MB by default/, /Lower defaults.disk/],
    ["placement", { defaults: { memory: 4000 } }, /no node could take .*memory exhausted/, /Correct/],
    [
      "device",
      { gpu: { device: "nvidia/gpu" } },
      /^no eligible node has nvidia\/gpu$/,
      /The nodes have nomad\/file\/mock/,
    ],
    ["shared path", { shared: { path: "/no/such/folder" } }, /^\/no\/such\/folder is not here$/, /Mount it/],
    ["host volume", { shared: { path: folder, volume: "dat" } }, /^dat is on 0 of 1/, /client \{ host_volume "dat"/],
    ["host volume", { shared: { path: folder, volume: "sealed" } }, /0 of 1.*read-only/, /Define it on the nodes/],
    ["placement", { driver: "exec", shared: { path: folder } }, /do not see .* of the node/, /Define a host volume/],
  ];
  it.each(broken)("with a broken %s says so", async (line, over, found, todo) => {
    const all = await on(over);
    expect(all.get(line)).toMatchObject({
      status: "fail",
      found: expect.stringMatching(found),
      todo: expect.stringMatching(todo),
    });
  });

  it("whose nodes are full warns, and does not fail", async () => {
    const task = {
      Name: "main",
      Driver: "mock_driver",
      Config: { run_for: "60s" },
      Resources: { CPU: 50, MemoryMB: 1700 },
    };
    const group = { Name: "main", Count: 1, Tasks: [task] };
    const job = { ID: "full", Name: "full", Type: "batch", Datacenters: ["*"], TaskGroups: [group] };
    await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
    await expect
      .poll(() => agent.api("/v1/job/full/allocations"), { timeout: 20_000 })
      .toMatchObject([{ ClientStatus: "running" }]);
    const found = await on({});
    expect(found.get("memory")).toMatchObject({
      status: "warn",
      found: expect.stringContaining("free on one now is 300 MB"),
    });
    expect(found.get("placement")).toMatchObject({ status: "warn", found: expect.stringContaining("would wait now") });
    await agent.api("/v1/job/full?purge=true", { method: "DELETE" });
  });

  it("is probed by a task, of which nothing is left", async () => {
    const found = await on({ shared: { path: folder } }, { probe: true, submitter });
    expect(found.get("probe")?.found).toMatch(/^a task was placed on node test-/);
    expect(found.get("probe start")?.found).toContain("uid=");
    expect(found.get("probe python")).toMatchObject({
      status: "warn",
      found: expect.stringMatching(/^3\.\d+ on the node, 2\.7 here$/),
    });
    expect(found.get("probe shared path")?.status).toBe("ok");
    expect(await agent.api("/v1/jobs?namespace=*")).toEqual([]);
  });

  it("whose nodes lack what a step needs is told so by the probe", async () => {
    const found = await on({ python: "python9", shared: { path: folder } }, { probe: true });
    expect(found.get("probe python")).toMatchObject({
      status: "fail",
      found: expect.stringContaining("there is no python9"),
    });
  });

  it("that cannot be placed is told so by the probe, and the job is gone", async () => {
    const found = await on({ defaults: { memory: 4000 } }, { probe: true });
    expect(found.get("probe")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/^No node can run the task: memory exhausted/),
    });
    expect(await agent.api("/v1/jobs?namespace=*")).toEqual([]);
  });
});

describe("an address", () => {
  it("where nothing listens ends the questions to Nomad, not those that need none", async () => {
    const found = await findingsOn({ address: "http://127.0.0.1:1", shared: { path: folder } });
    expect(found.get("reach")).toMatchObject({ status: "fail", found: expect.stringContaining("cannot be reached") });
    expect(found.get("nomad")?.found).toBe("nothing further was asked of Nomad");
    expect(found.get("shared path")?.status).toBe("ok");
    expect(found.has("right read-job")).toBe(false);
  });

  it("of something else than Nomad is told so", async () => {
    const server = createServer((_request, reply) =>
      reply.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const found = await findingsOn({ address: `http://127.0.0.1:${port}` });
    server.close();
    expect(found.get("reach")).toMatchObject({ status: "fail", found: expect.stringContaining("not Nomad's") });
  });
});
