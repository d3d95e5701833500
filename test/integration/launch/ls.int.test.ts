import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { lsCommand } from "../../../src/cli/ls-command.js";
import type { Row } from "../../../src/core/listing/read-rows.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { asUserOf } from "../../support/command.js";
import { openTestHost, run } from "../../support/launch-host.js";

let agent: Agent;
beforeAll(async () => {
  agent = await startAgent({ quiet: true });
});
afterAll(() => agent.stop());
const said = asUserOf(() => agent);

async function rows(options = {}): Promise<Row[]> {
  said.stdout = "";
  expect(await lsCommand({ ...options, json: true })).toBe(0);
  return JSON.parse(said.stdout) as Row[];
}

describe("metaflow-nomad ls", () => {
  it("shows what runs and what waits, with figures of the node; ended ones on request; nobody else's", async () => {
    const foreign = { Name: "t", Driver: "raw_exec", Config: { command: "sleep", args: ["60"] } };
    const group = { Name: "g", Tasks: [foreign] };
    const job = { ID: "foreign", Name: "foreign", Type: "batch", Datacenters: ["*"], TaskGroups: [group] };
    await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
    await using host = openTestHost(agent.address);
    const leave = new AbortController();
    const meta = (user: string) => ({ "metaflow.flow_name": "F", "metaflow.run_id": "1", "metaflow.user": user });
    const driver = "raw_exec";
    await run(host, { driver, jobId: "ended", argv: ["true"], meta: meta("ada") });
    const busy = { driver, jobId: "busy", argv: ["sh", "-c", "while :; do sleep 0.1; done"], meta: meta("ada") };
    const full = { driver, jobId: "full", argv: ["true"], resources: { memory: 99_000_000 }, meta: meta("bob") };
    const launched = [busy, full].map((asked) => run(host, asked, leave.signal).catch(() => undefined));

    await vi.waitFor(
      async () => {
        const seen = await rows();
        expect(seen.map(({ jobId, state }) => `${jobId} ${state}`).toSorted()).toEqual([
          "busy running",
          "full waiting",
        ]);
        expect(seen.find(({ jobId }) => jobId === "busy")?.used?.memory).toBeGreaterThan(0);
      },
      { timeout: 30_000, interval: 500 },
    );
    expect((await rows({ user: "bob" })).map(({ jobId }) => jobId)).toEqual(["full"]);
    expect((await rows({ all: true })).map(({ jobId, state }) => `${jobId} ${state}`)[0]).toBe("ended complete");
    said.stdout = "";
    await lsCommand({});
    expect(said.stdout).toMatch(/^TASK .* JOB\n/);
    expect(said.stdout).toMatch(/\nF\/1\/\/ .*busy\n/);
    leave.abort(new Error("seen"));
    await Promise.all(launched);
  });

  it("shows every site, names one that cannot be asked, and on a narrow terminal stays in its place", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfn-ls-"));
    const file = join(folder, "sites.yaml");
    const address = JSON.stringify(agent.address);
    writeFileSync(
      file,
      `defaultSite: a\nsites:\n  a: { address: ${address} }\n  b: { address: ${address} }\n  c: { address: "http://127.0.0.1:9" }\n`,
    );
    vi.stubEnv("NOMAD_ADDR", undefined);
    vi.stubEnv("METAFLOW_NOMAD_CONFIG", file);
    const task = { Name: "t", Driver: "raw_exec", Config: { command: "sleep", args: ["60"] } };
    const Meta = { metaflow_nomad_request: "x", "metaflow.user": "ada", "metaflow.flow_name": "AFlowOfALongName" };
    const job = { ID: "narrow", Type: "batch", Meta, Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks: [task] }] };
    await agent.api("/v1/jobs", { method: "POST", body: { Job: job } });
    const seen = await rows({ allSites: true });
    expect(seen.filter(({ jobId }) => jobId === "narrow").map(({ site }) => site)).toEqual(["a", "b"]);
    expect(said.stderr).toMatch(/^A site could not be asked: NOMAD_E_TRANSPORT_UNREACHABLE/);
    const terminal = { isTTY: process.stdout.isTTY, columns: process.stdout.columns };
    Object.assign(process.stdout, { isTTY: true, columns: 40 });
    said.stdout = "";
    const watched = lsCommand({ watch: true, site: "a" });
    await vi.waitFor(() => expect(said.stdout.split("\u001b[H\u001b[J").length).toBeGreaterThan(2), {
      timeout: 20_000,
    });
    process.emit("SIGINT");
    expect(await watched).toBe(130);
    Object.assign(process.stdout, terminal);
    const lines = said.stdout.replaceAll("\u001b[H\u001b[J", "").trim().split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/^AFlowOfALongName.* (running|pending)/));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    await agent.api("/v1/job/narrow", { method: "DELETE" });
    rmSync(folder, { recursive: true });
  });

  it("looks again until it is interrupted", async () => {
    const ended = lsCommand({ watch: true, json: true });
    await vi.waitFor(() => expect(said.stdout.match(/^\[/gm)?.length).toBe(2), { timeout: 20_000 });
    process.emit("SIGINT");
    expect(await ended).toBe(130);
  });

  it("says so when nothing runs, and of a site that cannot be asked", async () => {
    await vi.waitFor(async () => expect(await rows()).toEqual([]), { timeout: 20_000, interval: 200 });
    said.stdout = "";
    await lsCommand({});
    expect(said.stdout).toBe("Nothing runs.\n");
    vi.stubEnv("NOMAD_ADDR", "http://127.0.0.1:9");
    await expect(lsCommand({})).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_UNREACHABLE" });
  });
});
