import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { showCommand } from "../../../src/cli/show-command.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { asUserOf } from "../../support/command.js";
import { openTestHost, run } from "../../support/launch-host.js";

let agent: Agent;
beforeAll(async () => {
  agent = await startAgent({ quiet: true });
});
afterAll(() => agent.stop());
const said = asUserOf(() => agent);

async function ended(argv: readonly string[], over: object = {}) {
  await using host = openTestHost(agent.address);
  return (await run(host, { driver: "raw_exec", argv, ...over })).outcome;
}

describe("metaflow-nomad show", () => {
  it("says of a job what it was, where it ran, and how it ended", async () => {
    const meta = { "metaflow.flow_name": "TrainFlow", "metaflow.run_id": "17", "metaflow.step_name": "work" };
    const outcome = await ended(["sh", "-c", "exit 7"], { meta });
    expect(await showCommand(outcome.jobId, {})).toBe(0);
    expect(said.stdout).toContain(`Job         ${outcome.jobId} (batch, dead), namespace default`);
    expect(said.stdout).toContain("Metaflow    TrainFlow/17/work/?, attempt ?");
    expect(said.stdout).toContain(`Allocation  ${outcome.allocationId} on ${outcome.nodeName}: failed`);
    expect(said.stdout).toContain(`Verdict     failed: ${outcome.sentence}\n            ${outcome.advice}\n`);
    expect(said.stdout).toMatch(
      /Task {8}main \(main, raw_exec, \d+ MHz, \d+ MB\): dead, failed\n {2}2\S+Z {2}Received: /,
    );
    expect(said.stdout).toContain("Terminated: Exit Code: 7\n");
    expect(said.stdout).toContain("Placement   1 node looked at, 0 unfit, 0 full\n            score ");
  });

  it("takes the beginning of an allocation's ID, and gives Nomad's own words as JSON", async () => {
    const { jobId, allocationId = "" } = await ended(["true"]);
    expect(await showCommand(allocationId.slice(0, 8), { json: true })).toBe(0);
    const shown = JSON.parse(said.stdout) as Record<string, Record<string, unknown>>;
    expect([shown["job"]?.["ID"], shown["allocation"]?.["ID"], shown["outcome"]?.["kind"]]).toEqual([
      jobId,
      allocationId,
      "succeeded",
    ]);
  });

  it("says why a job waits, with the tasks around it not started", async () => {
    const ID = "waits";
    const resources = { CPU: 10, MemoryMB: 100_000_000 };
    const task = { Name: "main", Driver: "raw_exec", Config: { command: "true" }, Resources: resources };
    const job = { ID, Name: ID, Type: "batch", Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks: [task] }] };
    await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
    await vi.waitFor(
      async () => {
        said.stdout = "";
        await showCommand(ID, {});
        expect(said.stdout).toContain(
          "Verdict     waits for a node: memory exhausted on 1 node (needs 100000000 MB).\n",
        );
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(said.stdout).not.toContain("Allocation");
  });

  it.each(["nothing-of-the-kind", "abcdef12"])("says that Nomad has no %s", async (id) => {
    await expect(showCommand(id, {})).rejects.toThrow(`Nomad has no allocation of a job ${id} in namespace default.`);
  });
});
