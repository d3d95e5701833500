import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, freePort, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { example } from "../../support/examples.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

const page = "docs/attributes/network.md";
interface Registration {
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly AllocID: string;
}
interface Wired {
  readonly AllocatedResources: {
    readonly Shared: { readonly Ports: { Label: string; HostIP: string; Value: number }[] };
  };
}

describe.each(["1.11.0", "1.7.7"])("on Nomad %s", (version) => {
  let agent: Agent;
  let host: Host;

  beforeAll(async () => {
    agent = await startAgent({ version, exec: true, docker: true, quiet: true });
    host = openTestHost(agent.address);
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await agent?.stop();
  });

  const service = async (name: string) =>
    ((await agent.api(`/v1/service/${name}`)) as Registration[]).find(({ Port }) => Port > 0);

  it("a task is reached on the port Nomad picked, through the service it registered", async () => {
    const wish = new AbortController();
    const request = await example(page, "notebook");
    const going = run(host, request, wish.signal);
    const found = await eventually(() => service("notebook"));
    expect(found.Tags).toEqual(["demo"]);
    const body = await eventually(async () => (await fetch(`http://${found.Address}:${found.Port}/`)).text());
    expect(body).toContain("Directory listing");
    const checks = async () => {
      const all = Object.values((await agent.api(`/v1/client/allocation/${found.AllocID}/checks`)) as object);
      return (all as { Status: string; Mode: string }[]).find(({ Status }) => Status === "success");
    };
    expect(await eventually(checks)).toMatchObject({ Status: "success" });
    wish.abort();
    expect((await going).outcome.kind).toBe("stopped");
    expect(await eventually(async () => ((await service("notebook")) === undefined ? "gone" : undefined))).toBe("gone");
  });

  it("a container's own port is published", async () => {
    const wish = new AbortController();
    const request = await example(page, "docker-port");
    const going = run(host, request, wish.signal);
    const place = await eventually(async () => {
      const [first] = (await agent.api(`/v1/job/${request.jobId}/allocations`)) as {
        ID: string;
        ClientStatus: string;
      }[];
      const { AllocatedResources: has } = (await agent.api(`/v1/allocation/${first?.ID}`)) as Wired;
      return first?.ClientStatus === "running" ? has.Shared.Ports[0] : undefined;
    });
    expect(place.Value).not.toBe(8000);
    const body = await eventually(async () => (await fetch(`http://${place.HostIP}:${place.Value}/`)).text());
    expect(body).toContain("Directory listing");
    wish.abort();
    await going;
  });

  it.each([
    ["raw_exec", {}],
    ["docker", { image: TEST_IMAGE }],
  ])("a number is the node's port, and the task of %s sees it", async (driver, image) => {
    const port = await freePort();
    const argv = ["sh", "-c", 'echo "$NOMAD_PORT_http $NOMAD_HOST_PORT_http $NOMAD_PORT_other $NOMAD_ADDR_other"'];
    const { printed, outcome } = await run(host, {
      driver,
      ...image,
      argv,
      blocks: { ports: { http: port, other: { to: 7777 } } },
    });
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    const [http, there, other, address] = printed.stdout.trim().split(" ");
    expect([http, there, other]).toEqual([String(port), String(port), "7777"]);
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("a container gets the name servers that were asked for", async () => {
    const { printed } = await run(host, await example(page, "own-dns"));
    expect(printed.stdout).toContain("nameserver 192.0.2.53");
    expect(printed.stdout).toContain("search lab.example");
  });

  it("a mode without network has none, or is what Nomad 1.11.0 itself cannot start", async () => {
    const argv = ["/usr/bin/python3", "-c", "import os; print(sorted(os.listdir('/sys/class/net')))"];
    const { outcome, printed } = await run(host, { driver: "exec", argv, blocks: { network: "none" } });
    const seen = version === "1.7.7" ? printed.stdout : outcome.sentence;
    expect(seen).toContain(version === "1.7.7" ? "['lo']" : "network already configured but not found in state");
  });

  it("a node without CNI plugins, or without Consul, cannot take what needs them", async () => {
    const impatient = openTestHost(agent.address, { placementTimeoutSeconds: 2 });
    const bridge = await run(impatient, { argv: ["true"], blocks: { network: "cni/absent" } });
    expect(bridge.outcome).toMatchObject({ kind: "unplaced" });
    expect(bridge.outcome.sentence).toContain("network");
    const services = { name: "x", provider: "consul", tags: ["a"] };
    const jobId = uniqueId("consul");
    const consul = await run(impatient, { jobId, argv: ["true"], blocks: { services } });
    expect(consul.outcome.sentence).toContain("${attr.consul.version}");
    const job = (await agent.api(`/v1/job/${jobId}`)) as { TaskGroups: { Services: object[] }[] };
    expect(job.TaskGroups[0]?.Services[0]).toMatchObject({ Name: "x", Provider: "consul", Tags: ["a"] });
    await impatient[Symbol.asyncDispose]();
  });
});
