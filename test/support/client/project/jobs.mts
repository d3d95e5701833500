import assert from "node:assert/strict";
import type { NomadClient } from "metaflow-nomad/client";
import { deployed, fails, first, running, service } from "./tools.mts";

const hcl = `job "parsed" {
  type = "batch"
  group "main" { 
    task "main" { 
      driver = "raw_exec"
      config { command = "true" }
    }
  }
}`;

/** A job from its source to its end. */
export async function jobs(nomad: NomadClient): Promise<void> {
  const parsed = await nomad.jobs.parse(hcl, { canonicalize: true });
  assert.equal(parsed.ID, "parsed");
  assert.equal(parsed.TaskGroups?.[0]?.Tasks?.[0]?.Driver, "raw_exec");
  await fails(nomad.jobs.parse("job {"), "NOMAD_E_API_REFUSED");
  assert.deepEqual((await nomad.jobs.validate(service("web"))).ValidationErrors ?? [], []);
  assert.match((await nomad.jobs.validate({ ID: "empty" })).Error, /Missing job/);
  const plan = await nomad.jobs.plan(service("web"));
  assert.equal(plan.Diff?.Type, "Added");
  const submission = { Source: hcl, Format: "hcl2" };
  const made = await nomad.jobs.register(service("web"), { enforceIndex: 0, submission });
  assert.match(made.EvalID, /^[0-9a-f-]{36}$/);
  await fails(nomad.jobs.register(service("web"), { enforceIndex: 0 }), "NOMAD_E_API_REFUSED");
  const job = await nomad.jobs.read("web");
  assert.deepEqual([job.ID, job.Type, job.Version], ["web", "service", 0]);
  await fails(nomad.jobs.read("there-is/none"), "NOMAD_E_API_NOT_FOUND");
  assert.equal((await nomad.jobs.submission("web", 0)).Source, hcl);
  await lists(nomad);
}

async function lists(nomad: NomadClient): Promise<void> {
  await running(nomad, "web");
  await nomad.jobs.register({ ...service("web-two"), Stop: true });
  const names = (await nomad.jobs.list({ prefix: "web", meta: true })).map(({ ID }) => ID);
  assert.deepEqual(names.sort(), ["web", "web-two"]);
  assert.equal((await nomad.jobs.list({ filter: 'ID == "web"' })).length, 1);
  const pages: string[][] = [];
  for await (const page of nomad.jobs.list({ prefix: "web", perPage: 1 }).pages()) pages.push(page.map(({ ID }) => ID));
  assert.deepEqual(pages, [["web"], ["web-two"]]);
  assert.equal((await nomad.jobs.summary("web")).JobID, "web");
  assert.equal((await nomad.jobs.evaluations("web"))[0]?.JobID, "web");
  assert.equal((await nomad.jobs.deployments("web")).length, 1);
  assert.equal((await nomad.jobs.latestDeployment("web"))?.JobID, "web");
  assert.equal(await nomad.jobs.latestDeployment("web-two"), null);
  const signal = AbortSignal.timeout(60_000);
  const services = await first(nomad.jobs.services("web", { signal }).watch(), ({ value }) => value.length > 0);
  assert.equal(services.value[0]?.ServiceName, "web-web");
  const [action] = await nomad.jobs.actions("web");
  assert.deepEqual([action?.Name, action?.TaskName], ["greet", "main"]);
}

/** Its versions and its size. */
export async function versions(nomad: NomadClient): Promise<void> {
  await deployed(nomad, "web");
  const scaled = await nomad.jobs.scale("web", { Count: 2, Target: { Group: "main" }, Message: "more" });
  assert.match(scaled.EvalID, /-/);
  const status = await nomad.jobs.scaleStatus("web");
  assert.equal(status.TaskGroups?.["main"]?.Desired, 2);
  const all = await nomad.jobs.versions("web", { diffs: true });
  assert.deepEqual(
    all.Versions?.map(({ Version }) => Version),
    [1, 0],
  );
  await nomad.jobs.tagVersion("web", "golden", { version: 0, description: "keep" });
  await fails(nomad.jobs.tagVersion("web", "golden", { version: 1 }), "NOMAD_E_API_REFUSED", "NOMAD_E_API_SERVER");
  await nomad.jobs.untagVersion("web", "golden");
  await nomad.jobs.stable("web", 0, true);
  assert.equal((await nomad.jobs.versions("web")).Versions?.find(({ Version }) => Version === 0)?.Stable, true);
  const watch = nomad.jobs.read("web", { signal: AbortSignal.timeout(60_000) }).watch();
  const before = (await watch.next()).value?.value.Version;
  await deployed(nomad, "web");
  await nomad.jobs.revert("web", 0);
  const after = await first(watch, ({ value }) => value.Version !== before);
  assert.deepEqual([before, after.value.Version, after.value.TaskGroups?.[0]?.Count], [1, 2, 1]);
  assert.match((await nomad.jobs.evaluate("web", { forceReschedule: true })).EvalID, /-/);
}

/** Jobs that start others. */
export async function parents(nomad: NomadClient): Promise<void> {
  const batch = { Type: "batch", Datacenters: ["*"] };
  const task = { Name: "main", Driver: "raw_exec", Config: { command: "true" } };
  const groups = [{ Name: "main", Tasks: [task] }];
  const parameterized = { Payload: "optional", MetaRequired: ["who"] };
  await nomad.jobs.register({ ...batch, ID: "param", TaskGroups: groups, ParameterizedJob: parameterized });
  const sent = await nomad.jobs.dispatch(
    "param",
    { payload: "hello", meta: { who: "me" } },
    { idempotencyToken: "once" },
  );
  assert.match(sent.DispatchedJobID, /^param\/dispatch-/);
  const again = await nomad.jobs.dispatch("param", { meta: { who: "me" } }, { idempotencyToken: "once" });
  assert.equal(again.DispatchedJobID, sent.DispatchedJobID);
  const child = await nomad.jobs.read(sent.DispatchedJobID);
  assert.equal(Buffer.from(child.Payload, "base64").toString(), "hello");
  await fails(nomad.jobs.dispatch("param"), "NOMAD_E_API_REFUSED", "NOMAD_E_API_SERVER");
  const periodic = { Enabled: true, SpecType: "cron", Spec: "0 0 1 1 *" };
  await nomad.jobs.register({ ...batch, ID: "periodic", TaskGroups: groups, Periodic: periodic });
  assert.match((await nomad.jobs.periodicForce("periodic")).EvalID, /-/);
  for (const id of ["param", "periodic", "web-two"]) await nomad.jobs.deregister(id, { purge: true });
}
