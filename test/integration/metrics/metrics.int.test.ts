import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hostCommand } from "../../../src/cli/host-command.js";
import { metricsCommand } from "../../../src/cli/metrics-command.js";
import type { Logger } from "../../../src/core/contracts/logger.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import { HostServer } from "../../../src/server/host-server.js";
import { parseProtocol, runFile } from "../../../src/server/protocol.js";
import { type Agent, startAclAgent } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { openTestHost, run } from "../../support/launch-host.js";
import { parseOpenMetrics } from "../../support/parse-open-metrics.js";
import { silentLogger } from "../../support/silent-logger.js";

const prefix = "metaflow_nomad_";
let agent: Agent;
const lines: string[] = [];
const logger: Logger = {
  ...silentLogger,
  debug: (fields, message) => void lines.push(JSON.stringify({ ...fields, message })),
};

beforeAll(async () => {
  agent = await startAclAgent({ quiet: true });
});
afterAll(() => agent.stop());
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The sum of a family's samples whose name and labels match. */
function sum(text: string, family: string, pattern: RegExp): number {
  const samples = [...(parseOpenMetrics(text).get(prefix + family)?.samples ?? [])];
  return samples.reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0);
}

describe("a host's numbers", () => {
  it("rise with what it does: tasks, calls, output; and hold no secret and no ID", async () => {
    await using host = openTestHost(agent.address, { auth: { token: agent.token ?? "" } }, logger);
    const secretEnv = { PASSWORD: "s3cr3t" };
    const good = await run(host, { driver: "raw_exec", argv: ["echo", "twelve bytes"], secretEnv });
    const bad = await run(host, { driver: "raw_exec", argv: ["false"] });
    const text = host.metrics;
    expect(sum(text, "tasks_ended", /outcome="succeeded"/)).toBe(1);
    expect(sum(text, "tasks_ended", /outcome="failed"/)).toBe(1);
    expect(sum(text, "tasks", /./)).toBe(0);
    expect(sum(text, "log_bytes", /stream="stdout"/)).toBe("twelve bytes\n".length);
    expect(sum(text, "requests", /kind="PUT \/jobs",status="200"/)).toBe(2);
    expect(sum(text, "requests", /kind="PUT \/var\/:path",status="200"/)).toBe(1);
    expect(sum(text, "request_seconds", /_count\{.*kind="PUT \/jobs"/)).toBe(2);
    expect(sum(text, "requests_in_flight", /./)).toBeLessThanOrEqual(1);
    expect(sum(text, "notice_seconds", /_count/)).toBe(2);
    expect(sum(text, "task_start_seconds", /_count/)).toBe(2);
    for (const secret of ["s3cr3t", agent.token ?? "?", good.outcome.jobId, bad.outcome.allocationId ?? "?"])
      expect(text).not.toContain(secret);
    const calls = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ message }) => message === "call");
    const register = { method: "PUT", path: "/jobs", status: "200", attempt: 1, address: agent.address };
    expect(calls.filter(({ path }) => path === "/jobs")).toEqual([
      expect.objectContaining(register),
      expect.objectContaining(register),
    ]);
    expect(new Set(calls.map(({ request }) => request)).size).toBe(calls.length);
    expect(lines.join()).not.toMatch(new RegExp(`s3cr3t|${agent.token ?? "?"}`));
  });

  it("are told over the launch host's socket, by `metaflow-nomad metrics`, which keeps no host alive", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfn-"));
    chmodSync(folder, 0o700);
    const host = openTestHost(agent.address, { auth: { token: agent.token ?? "" } });
    await run(host, { driver: "raw_exec", argv: ["true"] });
    const over = { version: 1, flow: "F", runId: "1", user: "u", flowDir: "/", steps: [] };
    const parsed = parseProtocol(runFile, JSON.stringify({ ...over, datastore: { type: "local", root: "/" } }));
    const parts = { folder, run: parsed, host: Promise.resolve(host), clock: systemClock, logger: silentLogger };
    const served = new HostServer(parts).serve();
    await eventually(async () => existsSync(join(folder, "host.sock")) || undefined);
    let out = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((out += String(text))));
    expect(await metricsCommand(folder)).toBe(0);
    expect(sum(out, "tasks_ended", /outcome="succeeded"/)).toBe(1);
    // Nobody but us ever came: it goes as if nobody had.
    await served;
    await expect(metricsCommand(folder)).rejects.toMatchObject({ code: "NOMAD_E_HOST_UNREACHABLE" });
  });

  it("are kept in a file for Prometheus while the host lives", async () => {
    const [folder, files] = [mkdtempSync(join(tmpdir(), "mfn-")), mkdtempSync(join(tmpdir(), "prom-"))];
    vi.stubEnv("METAFLOW_NOMAD_METRICS_DIR", files);
    const conf = { ADDRESS: agent.address, TOKEN: agent.token };
    const over = { version: 1, flow: "F", runId: "1", user: "u", flowDir: folder, conf, steps: [] };
    writeFileSync(join(folder, "run.json"), JSON.stringify({ ...over, datastore: { type: "local", root: "/" } }));
    const served = hostCommand(folder);
    const text = await eventually(async () => {
      const [file] = readdirSync(files).filter((name) => name.endsWith(".prom"));
      return file === undefined ? undefined : readFileSync(join(files, file), "utf8");
    });
    expect([...parseOpenMetrics(text).keys()]).toContain(`${prefix}tasks_ended`);
    const runtime = createConnection(join(folder, "host.sock"));
    runtime.end('{"v":1,"kind":"run"}\n{"cmd":"close"}\n');
    expect(await served).toBe(0);
    runtime.destroy();
    expect(readdirSync(files)).toEqual([]);
    rmSync(files, { recursive: true });
  });
});
