import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { logsCommand } from "../../../src/cli/logs-command.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { asUserOf } from "../../support/command.js";

let agent: Agent;
beforeAll(async () => {
  agent = await startAgent({ quiet: true });
});
afterAll(() => agent.stop());
const said = asUserOf(() => agent);

/** Anybody's job, with a task that is not called main. */
async function submit(ID: string, script: string): Promise<void> {
  const task = { Name: "talk", Driver: "raw_exec", Config: { command: "sh", args: ["-c", script] } };
  const group = { Name: "g", RestartPolicy: { Attempts: 0, Mode: "fail" }, Tasks: [task] };
  const job = { ID, Name: ID, Type: "batch", Datacenters: ["*"], TaskGroups: [group] };
  await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
  const placed = async () => expect(await agent.api(`/v1/job/${ID}/allocations`)).toHaveLength(1);
  await vi.waitFor(placed, { timeout: 20_000 });
}

const task = "talk";

describe("metaflow-nomad logs", () => {
  it("follows a task to its end, both streams; afterwards shows the same, or one stream", async () => {
    await submit("talks", "echo begin; echo trouble >&2; for n in 1 2 3; do sleep 0.5; echo $n; done; exit 3");
    expect(await logsCommand("talks", { task, follow: true })).toBe(0);
    const whole = { stdout: "begin\n1\n2\n3\n", stderr: "trouble\n" };
    expect(said).toEqual(whole);
    const [{ ID }] = (await agent.api("/v1/job/talks/allocations")) as [{ ID: string }];
    await logsCommand(ID.slice(0, 8), { task });
    expect(said).toEqual({ stdout: whole.stdout.repeat(2), stderr: whole.stderr.repeat(2) });
    await logsCommand("talks", { only: "stderr" });
    expect(said).toEqual({ stdout: whole.stdout.repeat(2), stderr: whole.stderr.repeat(3) });
  });

  it("shows what there is of a task that goes on, and ends; follows it until Ctrl-C", async () => {
    await submit("goes-on", "echo here; sleep 60");
    await vi.waitFor(
      async () => {
        await logsCommand("goes-on", { task });
        expect(said.stdout).toMatch(/^(here\n)+$/);
      },
      { timeout: 20_000 },
    );
    said.stdout = "";
    const followed = logsCommand("goes-on", { task, follow: true });
    await vi.waitFor(() => expect(said.stdout).toBe("here\n"), { timeout: 10_000 });
    process.emit("SIGINT");
    expect(await followed).toBe(130);
    await agent.api("/v1/job/goes-on", { method: "DELETE" });
  });

  it("fails when all of it is lost", { timeout: 90_000 }, async () => {
    await submit("gone", "echo here");
    const ended = async () => {
      const [found] = (await agent.api("/v1/job/gone/allocations")) as [{ ID: string; ClientStatus: string }];
      expect(found.ClientStatus).toBe("complete");
      return found.ID;
    };
    const id = await vi.waitFor(ended, { timeout: 20_000 });
    await rm(join(agent.dir, "data", "alloc", id, "alloc", "logs"), { recursive: true });
    expect(await logsCommand("gone", { task })).toBe(1);
    expect(said.stdout).toBe("");
    expect(said.stderr).toContain("Some output may be missing: stdout: ");
  });

  it("says that there is no such task, and which there are", async () => {
    await submit("quiet", "sleep 60");
    const shown = logsCommand("quiet", { task: "main" });
    await expect(shown).rejects.toMatchObject({
      facts: { problem: "job quiet has no task main", cure: "Its tasks: talk." },
    });
  });
});
