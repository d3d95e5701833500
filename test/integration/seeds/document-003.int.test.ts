import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerEtl, runEtl } from "../../../examples/nomad-jobs/dispatch-etl.js";
import { runScaler } from "../../../examples/nomad-jobs/queue-scaler.js";
import { promoteWhenHealthy } from "../../../examples/nomad-jobs/promote-canary.js";
import { pythonService, submit } from "../../../examples/nomad-jobs/submit-service.js";
import {
  clusterStatus,
  createNomadClient,
  group,
  job,
  type NomadClient,
  runJob,
  type ScaleLook,
  task,
  template,
} from "../../../src/client/index.js";
import { push } from "../../support/redis-client.js";
import { type Agent, startAgent, startRedis, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { read } from "../../support/markdown.js";

let agent: Agent;
let nomad: NomadClient;
const work = mkdtempSync(join(tmpdir(), "mfn-seed-"));
beforeAll(async () => {
  agent = await startAgent({ version: "1.11.0", docker: true, quiet: true, cpuTotalCompute: 8000 });
  nomad = createNomadClient({ address: agent.address, env: {} });
});
afterAll(async () => {
  await nomad[Symbol.asyncDispose]();
  await agent.stop();
  rmSync(work, { recursive: true, force: true });
});

/** The document's service, smaller and quicker to be called healthy. */
const web = { name: "web", image: TEST_IMAGE, count: 1, cpu: 50, memory: 32, minHealthy: "1s" };

describe("document 003, each snippet", () => {
  it(
    "submit_python_service, monitor_canary_and_promote, and the rollback of a bad canary",
    { timeout: 240_000 },
    async () => {
      const news: string[] = [];
      expect(await submit(nomad, pythonService(web), (line) => news.push(line))).toMatchObject({ code: 0 });
      expect(news).toContain("+ Job web");
      expect((await nomad.services.read("web"))[0]).toMatchObject({ ServiceName: "web" });

      const next = pythonService({ ...web, env: { V: "2" }, canary: 1 });
      expect((await runJob(nomad, next)).reason).toContain("its canaries are healthy");
      expect(await promoteWhenHealthy(nomad, "web", 1_000)).toMatchObject({ code: 0 });

      const bad = pythonService({ ...web, image: "127.0.0.1:1/none", canary: 1 });
      const [group] = bad.TaskGroups ?? [];
      const hasty = {
        ...group,
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
      };
      expect(await runJob(nomad, { ...bad, TaskGroups: [hasty] })).toMatchObject({ code: 1 });
      for await (const { value } of nomad.jobs.read("web").watch())
        if (value.TaskGroups?.[0]?.Tasks?.[0]?.Config?.["image"] === TEST_IMAGE) break;
      expect((await nomad.jobs.read("web")).TaskGroups?.[0]?.Tasks?.[0]?.Env).toEqual({ V: "2" });
      await nomad.jobs.deregister("web", { purge: true });
    },
  );

  it("etl-pipeline, and its dispatch", async () => {
    const verbatim = read("test/seeds/003/etl.nomad.hcl");
    expect(verbatim).toContain('payload = "forbidden"');
    const etl = "import sys; sys.exit(0 if sys.argv[2:] == ['--date', '2026-03-28', '--source', 'clickstream'] else 9)";
    const small = verbatim
      .replace("ghcr.io/myorg/etl:latest", TEST_IMAGE)
      .replace('"-m", "etl.run"', `"-c", ${JSON.stringify(etl)}, "etl.run"`)
      .replace("memory = 1024", "memory = 64");
    writeFileSync(join(work, "etl.nomad.hcl"), small);
    await registerEtl(nomad, join(work, "etl.nomad.hcl"));
    expect(await runEtl(nomad, "2026-03-28", "clickstream")).toMatchObject({ code: 0 });
    await expect(nomad.jobs.dispatch("etl-pipeline", { meta: { date: "x" } })).rejects.toThrow(/source/);
    await expect(
      nomad.jobs.dispatch("etl-pipeline", { meta: { date: "x", source: "y" }, payload: "z" }),
    ).rejects.toThrow(/[Pp]ayload/);
  });

  it("the task with Vault and a template: that this agent has no Vault is all that Nomad objects to", async () => {
    const data =
      'DATABASE_URL=postgresql://{{ with secret "database/creds/api" }}{{ .Data.username }}:{{ .Data.password }}{{ end }}@db.service.consul:5432/app\n';
    const api = task(
      "api",
      "raw_exec",
      { command: "true" },
      {
        Vault: { Policies: ["api-secrets"], Role: "api-secrets" },
        Templates: [template(data, "secrets/env", { env: true })],
      },
    );
    const said = await nomad.jobs.validate({
      ID: "api",
      Datacenters: ["dc1"],
      TaskGroups: [{ Name: "api", Tasks: [api] }],
    });
    expect(said.ValidationErrors).toEqual(['Vault "default" not enabled but used in the job']);
  });

  it("QueueBasedScaler", async () => {
    await using redis = await startRedis();
    const sleeper = task("w", "raw_exec", { command: "sleep", args: ["600"] }, { resources: { cpu: 20, memory: 16 } });
    await nomad.jobs.register(job("scaled", "batch", { TaskGroups: [group("workers", [sleeper], { Count: 1 })] }));
    await push(redis.url, "jobs", 250);
    const leave = new AbortController();
    const onLook = ({ outcome }: ScaleLook) => {
      if (outcome === "scaled") leave.abort(new Error("seen"));
    };
    const scaling = { redisUrl: redis.url, jobId: "scaled", groupName: "workers", queueName: "jobs" };
    await expect(runScaler(nomad, scaling, onLook, leave.signal)).rejects.toThrow("seen");
    const { Events } = (await nomad.jobs.scaleStatus("scaled")).TaskGroups?.["workers"] ?? {};
    expect(Events?.[0]).toMatchObject({ PreviousCount: 1, Count: 3, Message: expect.stringContaining("250 messages") });
    await nomad.jobs.deregister("scaled", { purge: true });
  });

  it("get_cluster_status", async () => {
    const { nodes, jobs, allocations } = await clusterStatus(nomad);
    expect(nodes).toEqual({ total: 1, ready: 1, down: 0 });
    expect(jobs.total).toBeGreaterThanOrEqual(jobs.running + jobs.dead);
    expect(allocations).toEqual({ running: expect.any(Number), pending: 0, failed: expect.any(Number) });
  });
});
