import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  consul,
  createNomadClient,
  csiVolume,
  device,
  group,
  hostVolume,
  httpCheck,
  job,
  parameterized,
  periodic,
  ports,
  poststart,
  poststop,
  prestart,
  scaling,
  service,
  task,
  tcpCheck,
  template,
  update,
  vault,
  volumeMount,
} from "../../../src/client/index.js";
import { bundleCli, type CliBundle } from "../../support/cli.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { pageCommands, runShell, writePageFiles } from "../../support/run-pages.js";

const page = "docs/commands/job.md";
let agent: Agent;
let bundle: CliBundle;
const work = mkdtempSync(join(tmpdir(), "mfn-job-"));
const run = (command: string) =>
  runShell(command, bundle.file, work, { METAFLOW_NOMAD_ADDRESS: agent.address, USER: "ada" });

beforeAll(async () => {
  [agent, bundle] = await Promise.all([startAgent({ version: "1.11.0", quiet: true }), bundleCli()]);
  writePageFiles(page, work);
});
afterAll(async () => {
  await agent.stop();
  bundle[Symbol.dispose]();
  rmSync(work, { recursive: true, force: true });
});

describe("metaflow-nomad job", () => {
  it("does what its page says, command by command", { timeout: 240_000 }, () => {
    const commands = pageCommands(page);
    expect(commands.length).toBeGreaterThan(20);
    for (const { command, code } of commands) {
      const { code: ended, out, err } = run(command);
      expect({ command, ended, said: `${out}${err}` }).toMatchObject({ command, ended: code });
      expect(`${out}${err}`).not.toMatch(/^ {4}at /m);
    }
  });

  it("shows a plan that a reader understands, and the index that run checks", () => {
    const { out } = run("metaflow-nomad job plan --var name=you greet.nomad.hcl");
    expect(out).toMatch(/^\+ Job greet\n {2}\+ Group main \(1 create\)\n {4}\+ Task main \(forces create\)$/m);
    expect(out).toContain("metaflow-nomad job run --check-index 0 greet.nomad.hcl");
  });

  it("gives Nomad's own message for HCL that is wrong, with its line", () => {
    writeFileSync(join(work, "bad.hcl"), 'job "bad" {\n  group "x" {\n');
    const { code, err } = run("metaflow-nomad job plan bad.hcl");
    expect(code).toBe(255);
    expect(err).toMatch(/NOMAD_E_API_REFUSED.*input\.hcl:\d/s);
  });

  it("says what a dispatch lacks, and refuses to scale a system job, in Nomad's words", () => {
    expect(run("metaflow-nomad job run etl.nomad.hcl").code).toBe(0);
    expect(run("metaflow-nomad job dispatch etl").err).toMatch(/NOMAD_E_API_REFUSED.*required meta keys.*date/i);
    const more = run("metaflow-nomad job dispatch --meta date=1 --meta other=2 etl");
    expect(more.err).toMatch(/NOMAD_E_API_REFUSED.*unpermitted metadata keys.*other/i);
    expect(run("metaflow-nomad job revert etl 99").err).toMatch(/NOMAD_E_API_REFUSED.*version 99 not found/);
    const task = { Name: "t", Driver: "raw_exec", Config: { command: "sleep", args: ["600"] } };
    const job = { ID: "sys", Type: "system", Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks: [task] }] };
    writeFileSync(join(work, "sys.json"), JSON.stringify({ Job: job }));
    expect(run("metaflow-nomad job run sys.json")).toMatchObject({ code: 0, out: expect.stringContaining("running") });
    expect(run("metaflow-nomad job scale sys 2")).toMatchObject({ code: 1, err: expect.stringContaining("system") });
    expect(run("metaflow-nomad job stop --purge sys").code).toBe(0);
  });

  it("takes YAML and files of variables, and goes to several sites", async () => {
    await agent.api("/v1/namespace/other", { method: "PUT", body: { Name: "other" } });
    const site = (namespace: string) => `{ address: "${agent.address}", defaults: { namespace: ${namespace} } }`;
    writeFileSync(join(work, "two.yaml"), `defaultSite: a\nsites:\n  a: ${site("default")}\n  b: ${site("other")}\n`);
    const at = (command: string) =>
      runShell(command, bundle.file, work, { METAFLOW_NOMAD_CONFIG: join(work, "two.yaml") });
    const group =
      "{ Name: g, Tasks: [{ Name: t, Driver: raw_exec, KillTimeout: 1s, Config: { command: sleep, args: ['600'] } }] }";
    writeFileSync(join(work, "web.yaml"), `Job:\n  ID: yaml\n  Datacenters: ['*']\n  TaskGroups: [${group}]\n`);
    expect(at("metaflow-nomad job run --site a,b web.yaml")).toMatchObject({ code: 0 });
    for (const namespace of ["default", "other"]) {
      const job = await agent.api(`/v1/job/yaml?namespace=${namespace}`);
      expect(job).toMatchObject({ Status: "running", TaskGroups: [{ Tasks: [{ KillTimeout: 1e9 }] }] });
    }
    expect(at("metaflow-nomad job stop --site a,b --purge yaml").code).toBe(0);
    const halfway = at("metaflow-nomad job run --site a,nowhere web.yaml");
    expect(halfway).toMatchObject({ code: 1, out: "", err: expect.stringContaining("NOMAD_E_CONFIG_UNKNOWN_SITE") });
    writeFileSync(join(work, "who.hcl"), 'name = "nobody"\n');
    expect(at("metaflow-nomad job run --site b --var-file who.hcl greet.nomad.hcl").code).toBe(7);
    expect(at("metaflow-nomad job run --site b --var-file who.hcl --var name=you greet.nomad.hcl").code).toBe(0);
    expect(at("metaflow-nomad job stop --site b --purge greet").code).toBe(0);
  });

  it("takes what the builder writes, every part of it, and gives it back", async () => {
    await using nomad = createNomadClient({ address: agent.address, env: {} });
    const main = task(
      "main",
      "raw_exec",
      { command: "sleep", args: ["600"] },
      {
        resources: { cpu: 20, memory: 16, devices: [device("acme/tpu", 2)] },
        VolumeMounts: [volumeMount("data", "/data", { readOnly: true })],
        Templates: [template("A={{ env `NOMAD_ALLOC_ID` }}", "secrets/env", { env: true })],
      },
    );
    const other = (name: string) => task(name, "raw_exec", { command: "true" });
    const tasks = [
      main,
      prestart(other("before"), { sidecar: true }),
      poststart(other("beside")),
      poststop(other("after")),
    ];
    const web = group("web", tasks, {
      Networks: [ports({ http: 8000 })],
      Services: [service("web", "http", { Checks: [httpCheck("/health"), tcpCheck({ Name: "open" })] })],
      Volumes: {
        ...hostVolume("data"),
        ...csiVolume("more", { readOnly: true, accessMode: "multi-node-reader-only" }),
      },
      Scaling: scaling(1, 9),
      Update: update({ canary: 1, minHealthy: "5s", autoRevert: true }),
      Count: 1,
    });
    const whole = job("whole", "service", { TaskGroups: [web] });
    const nightly = job("nightly", "batch", {
      Periodic: periodic("0 3 * * *", { overlap: false }),
      ParameterizedJob: parameterized({ required: ["a"], payload: "required" }),
      TaskGroups: [group("g", [other("t")])],
    });
    for (const [built, kept] of [
      [whole, { Type: "service" }],
      [
        nightly,
        {
          Periodic: { Spec: "0 3 * * *", ProhibitOverlap: true },
          ParameterizedJob: { MetaRequired: ["a"], Payload: "required" },
        },
      ],
    ] as const) {
      expect(await nomad.jobs.validate(built)).toMatchObject({ ValidationErrors: null });
      await nomad.jobs.register(built);
      expect(await nomad.jobs.read(built.ID)).toMatchObject(kept);
    }
    const [kept] = (await nomad.jobs.read("whole")).TaskGroups ?? [];
    expect(kept).toMatchObject({
      Networks: [{ DynamicPorts: [{ Label: "http", To: 8000 }] }],
      Services: [
        {
          Provider: "nomad",
          Checks: [
            { Type: "http", Interval: 10e9 },
            { Type: "tcp", Timeout: 3e9 },
          ],
        },
      ],
      Volumes: { data: { Type: "host" }, more: { Type: "csi", ReadOnly: true, AccessMode: "multi-node-reader-only" } },
      Scaling: { Min: 1, Max: 9, Enabled: true },
      Update: { Canary: 1, MinHealthyTime: 5e9, AutoRevert: true },
      Tasks: [
        {
          Resources: { Devices: [{ Name: "acme/tpu", Count: 2 }] },
          VolumeMounts: [{ Destination: "/data" }],
          Templates: [{ Envvars: true }],
        },
        { Lifecycle: { Hook: "prestart", Sidecar: true } },
        { Lifecycle: { Hook: "poststart" } },
        { Lifecycle: { Hook: "poststop" } },
      ],
    });
    // Nomad objects to what this agent has not, so it has read both.
    const linked = task(
      "t",
      "raw_exec",
      { command: "true" },
      { Vault: vault({ role: "flows" }), Consul: consul("far") },
    );
    const refused = await nomad.jobs.validate(job("linked", "batch", { TaskGroups: [group("g", [linked])] }));
    expect(refused.ValidationErrors).toEqual([
      'Vault "default" not enabled but used in the job',
      "non-default Consul cluster requires Nomad Enterprise",
    ]);
    for (const id of ["whole", "nightly"]) await nomad.jobs.deregister(id, { purge: true });
  });

  it("promotes no canaries that are not healthy, and says how many are", async () => {
    const web = (seconds: string) => `metaflow-nomad job run --detach --var seconds=${seconds} web.nomad.hcl`;
    expect(run("metaflow-nomad job run web.nomad.hcl").code).toBe(0);
    expect(run(web("no-number")).code).toBe(0);
    expect(run("metaflow-nomad job promote --watch --timeout 1s web")).toMatchObject({
      code: 1,
      out: expect.stringContaining("0 of 1 canaries healthy"),
    });
    const refused = run("metaflow-nomad job promote web");
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/NOMAD_E_API_REFUSED.*0\/1 healthy|NOMAD_E_REQUEST_INVALID/s),
    });
    expect(run("metaflow-nomad job stop --purge web").code).toBe(0);
  });

  it("is left by Ctrl-C with 130, and what was started goes on; by a reader who goes, with 141", async () => {
    const task = { Name: "t", Driver: "raw_exec", Config: { command: "sleep", args: ["600"] } };
    const job = { ID: "sleeps", Type: "batch", Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks: [task] }] };
    writeFileSync(join(work, "sleeps.json"), JSON.stringify(job));
    writeFileSync(join(work, "later.json"), JSON.stringify({ ...job, ID: "later", ParameterizedJob: {} }));
    expect(run("metaflow-nomad job run later.json").code).toBe(0);
    for (const words of [
      ["job", "run", "sleeps.json"],
      ["job", "dispatch", "later"],
      ["ls", "--watch"],
    ]) {
      const child = spawn(process.execPath, [bundle.file, ...words], {
        cwd: work,
        env: { ...process.env, ...agent.env },
      });
      let said = "";
      for (const out of [child.stdout, child.stderr]) out.on("data", (text) => (said += String(text)));
      await expect.poll(() => said, { timeout: 30_000 }).toMatch(/running|Nothing runs/);
      child.kill("SIGINT");
      expect(await once(child, "exit")).toEqual([130, null]);
      expect(said).not.toMatch(/^ {4}at /m);
    }
    expect(await agent.api("/v1/job/sleeps")).toMatchObject({ Status: "running", Stop: false });
    for (const words of ["job history sleeps", "cluster", "job run sleeps.json"]) {
      const { code, err } = run(`metaflow-nomad ${words} | true`);
      expect([words, code, err]).toEqual([words, 141, ""]);
    }
    expect(run("metaflow-nomad --help | true")).toMatchObject({ code: 0, err: "" });
    expect(run("metaflow-nomad job stop --purge sleeps").code).toBe(0);
  });

  it("stops only one's own jobs by a prefix; somebody else's with --user or --yes", async () => {
    const task = { Name: "main", Driver: "raw_exec", Config: { command: "sleep", args: ["600"] } };
    for (const user of ["ada", "bob"]) {
      const Meta = { metaflow_nomad_request: "x", "metaflow.user": user };
      const Job = {
        ID: `flow-${user}`,
        Type: "batch",
        Meta,
        Datacenters: ["*"],
        TaskGroups: [{ Name: "g", Tasks: [task] }],
      };
      await agent.api("/v1/jobs", { method: "PUT", body: { Job } });
    }
    const both = run("metaflow-nomad stop flow-");
    expect(both).toMatchObject({
      code: 1,
      out: "Stopped flow-ada.\n",
      err: expect.stringContaining("flow-bob is bob's"),
    });
    expect((await agent.api("/v1/job/flow-bob")).Stop).toBe(false);
    expect(run("metaflow-nomad stop --user bob flow-")).toMatchObject({ code: 0, out: "Stopped flow-bob.\n" });
    expect((await agent.api("/v1/job/flow-bob")).Stop).toBe(true);
  });

  it("does what the pages of stop, cluster and completion say", async () => {
    const task = { Name: "main", Driver: "raw_exec", Config: { command: "sleep", args: ["600"] } };
    const submit = async (ID: string, run: string) => {
      const Meta = { metaflow_nomad_request: "x", "metaflow.user": "ada", "metaflow.run_id": run };
      const Job = { ID, Type: "batch", Meta, Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks: [task] }] };
      await agent.api("/v1/jobs", { method: "PUT", body: { Job } });
    };
    await submit("trainflow-1", "41");
    await submit("other-1", "42");
    mkdirSync(join(work, ".config/fish/completions"), { recursive: true });
    for (const name of ["stop", "cluster", "completion"])
      for (const { command, code } of pageCommands(`docs/commands/${name}.md`)) {
        // Only zsh itself can read what is written for it.
        const { code: ended, err } = run(command.replace(/^eval "\$\((.* zsh)\)"/, "$1"));
        expect([command, ended, err]).toEqual([command, code, ""]);
      }
    const stopped = async (id: string) => ((await agent.api(`/v1/job/${id}`)) as { Stop: boolean }).Stop;
    expect([await stopped("trainflow-1"), await stopped("other-1")]).toEqual([true, true]);
    expect(readFileSync(join(work, ".config/fish/completions/metaflow-nomad.fish"), "utf8")).toContain("complete");
  });

  it("counts the cluster, and shows its nodes", () => {
    const counted = JSON.parse(run("metaflow-nomad cluster --json").out) as { nodes: object };
    expect(counted.nodes).toEqual({ total: 1, ready: 1, down: 0 });
    expect(run("metaflow-nomad nodes").out).toMatch(/^NODE +STATE.*\n\S+ +ready /);
  });
});
