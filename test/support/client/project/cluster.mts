import assert from "node:assert/strict";
import type { NomadClient } from "metaflow-nomad/client";
import { fails, first, textOf } from "./tools.mts";

/** Evaluations, search, services, scaling: all about the job `web`. */
export async function around(nomad: NomadClient): Promise<void> {
  const [evaluation] = await nomad.evaluations.list({ job: "web" });
  const id = evaluation?.ID ?? "";
  assert.equal((await nomad.evaluations.read(id)).JobID, "web");
  assert(Array.isArray(await nomad.evaluations.allocations(id)));
  assert((await nomad.evaluations.count({ filter: 'JobID == "web"' })).Count > 0);
  // The broker runs: evaluations may not be deleted under it.
  await fails(nomad.evaluations.delete([id]), "NOMAD_E_API_REFUSED", "NOMAD_E_API_SERVER");
  await fails(nomad.evaluations.deleteWhere('JobID == "web"'), "NOMAD_E_API_REFUSED", "NOMAD_E_API_SERVER");
  const found = await nomad.search.prefix("we", "jobs");
  assert.deepEqual(found.Matches?.["jobs"], ["web"]);
  const fuzzy = await nomad.search.fuzzy("eb", "jobs");
  assert.equal(fuzzy.Matches?.["jobs"]?.[0]?.ID, "web");
  const listed = await nomad.services.list({ namespace: "*" });
  assert.equal(listed[0]?.Services?.[0]?.ServiceName, "web-web");
  const signal = AbortSignal.timeout(60_000);
  const there = await first(nomad.services.read("web-web", { signal }).watch(), ({ value }) => value.length > 0);
  const [registration] = await nomad.services.read("web-web", { choose: "1|key" });
  assert.equal(registration?.ID, there.value[0]?.ID);
  await nomad.services.delete("web-web", registration?.ID ?? "");
  assert.deepEqual(await nomad.services.read("web-web"), []);
  const [policy] = await nomad.scaling.policies({ job: "web" });
  assert.equal((await nomad.scaling.policy(policy?.ID ?? "")).Max, 5);
}

export async function nodes(nomad: NomadClient): Promise<void> {
  const [stub] = await nomad.nodes.list({ resources: true, os: true });
  const id = stub?.ID ?? "";
  const node = await nomad.nodes.read(id);
  assert.equal(node.Status, "ready");
  assert((await nomad.nodes.allocations(id)).length > 0);
  assert.deepEqual(await nomad.nodes.csiVolumes(id), []);
  assert((await nomad.nodes.stats(id)).Uptime > 0);
  assert.equal((await nomad.nodes.applyMeta({ color: "red" }, id)).Meta?.["color"], "red");
  assert.equal((await nomad.nodes.meta(id)).Dynamic?.["color"], "red");
  assert(Object.keys((await nomad.nodes.identity(id)).Claims ?? {}).length > 0);
  await nomad.nodes.renewIdentity(id);
  await nomad.nodes.eligibility(id, false);
  await first(nomad.nodes.read(id).watch(), ({ value }) => value.SchedulingEligibility === "ineligible");
  await nomad.nodes.eligibility(id, true);
  await nomad.nodes.evaluate(id);
  await nomad.nodes.gc(id);
  await fails(
    nomad.nodes.purge("00000000-0000-0000-0000-000000000000"),
    "NOMAD_E_API_REFUSED",
    "NOMAD_E_API_NOT_FOUND",
    "NOMAD_E_API_SERVER",
  );
}

/** Ends what the node runs: comes last. */
export async function drain(nomad: NomadClient): Promise<void> {
  const [stub] = await nomad.nodes.list();
  const id = stub?.ID ?? "";
  await nomad.nodes.drain(id, { Deadline: -1, IgnoreSystemJobs: true }, { meta: { why: "test" } });
  const signal = AbortSignal.timeout(60_000);
  await first(nomad.nodes.read(id, { signal }).watch(), ({ value }) => value.DrainStrategy === null);
  assert.equal((await nomad.nodes.read(id)).SchedulingEligibility, "ineligible");
  await nomad.nodes.drain(id, null, { markEligible: true });
  assert.equal((await nomad.nodes.read(id)).SchedulingEligibility, "eligible");
}

export async function places(nomad: NomadClient): Promise<void> {
  await nomad.nodePools.register({ Name: "gpu", Description: "for gpus" });
  assert.equal((await nomad.nodePools.read("gpu")).Description, "for gpus");
  assert((await nomad.nodePools.list()).some(({ Name }) => Name === "gpu"));
  assert.deepEqual(await nomad.nodePools.jobs("gpu"), []);
  assert.equal((await nomad.nodePools.nodes("all")).length, 1);
  await nomad.nodePools.delete("gpu");
  await nomad.namespaces.register({ Name: "ml", Description: "flows" });
  assert.equal((await nomad.namespaces.read("ml")).Description, "flows");
  assert.deepEqual((await nomad.namespaces.list()).map(({ Name }) => Name).sort(), ["default", "ml"]);
  await fails(
    nomad.jobs.list({ namespace: "nowhere" }).then((list) => nomad.jobs.read(list[0]?.ID ?? "none")),
    "NOMAD_E_API_NOT_FOUND",
    "NOMAD_E_API_NAMESPACE",
  );
  await nomad.namespaces.delete("ml");
}

export async function variables(nomad: NomadClient): Promise<void> {
  const name = "flows/db";
  const made = await nomad.variables.put(name, { user: "a" }, { cas: 0 });
  assert.equal((await nomad.variables.read(name)).Items?.["user"], "a");
  assert.equal(
    (await fails(nomad.variables.put(name, { user: "z" }, { cas: 0 }), "NOMAD_E_API_REFUSED")).facts["status"],
    409,
  );
  const next = await nomad.variables.put(name, { user: "b" }, { cas: made.ModifyIndex });
  assert.deepEqual(
    (await nomad.variables.list({ prefix: "flows/" })).map(({ Path }) => Path),
    [name],
  );
  const locked = await nomad.variables.acquireLock(name, { user: "c" }, { ttl: "30s" });
  await fails(nomad.variables.acquireLock(name), "NOMAD_E_API_REFUSED");
  await fails(nomad.variables.put(name, { user: "d" }), "NOMAD_E_API_REFUSED");
  await nomad.variables.put(name, { user: "e" }, { lockId: locked.Lock.ID });
  await nomad.variables.renewLock(name, locked.Lock.ID);
  await nomad.variables.releaseLock(name, locked.Lock.ID);
  assert.equal((await nomad.variables.read(name)).Items?.["user"], "e");
  await fails(nomad.variables.delete(name, { cas: next.ModifyIndex }), "NOMAD_E_API_REFUSED");
  await nomad.variables.delete(name);
  await fails(nomad.variables.read(name), "NOMAD_E_API_NOT_FOUND");
}

export async function volumes(nomad: NomadClient): Promise<void> {
  const capability = { AccessMode: "single-node-writer", AttachmentMode: "file-system" };
  const made = await nomad.volumes.host.create({
    Name: "scratch",
    PluginID: "mkdir",
    RequestedCapabilities: [capability],
  });
  const id = made.Volume?.ID ?? "";
  const volume = await nomad.volumes.host.read(id);
  assert.deepEqual([volume.Name, volume.PluginID], ["scratch", "mkdir"]);
  assert.equal((await nomad.volumes.host.list({ nodeId: volume.NodeID }))[0]?.ID, id);
  const { NodeID, HostPath } = volume;
  const registered = await nomad.volumes.host.register({
    Name: "by-hand",
    NodeID,
    HostPath,
    RequestedCapabilities: [capability],
  });
  await nomad.volumes.host.delete(registered.Volume?.ID ?? "");
  assert.deepEqual(await nomad.volumes.host.claims(), []);
  await fails(
    nomad.volumes.host.deleteClaim("00000000-0000-0000-0000-000000000000"),
    "NOMAD_E_API_NOT_FOUND",
    "NOMAD_E_API_SERVER",
    "NOMAD_E_API_REFUSED",
  );
  await nomad.volumes.host.delete(id);
  await csi(nomad);
}

/** There is no CSI plugin on the agent: lists are empty, and the rest says what is missing. */
async function csi({ volumes }: NomadClient): Promise<void> {
  const refused = ["NOMAD_E_API_NOT_FOUND", "NOMAD_E_API_SERVER", "NOMAD_E_API_REFUSED"] as const;
  assert.deepEqual(await volumes.csi.list(), []);
  assert.deepEqual(await volumes.csi.plugins(), []);
  await fails(volumes.csi.plugin("none"), ...refused);
  await fails(volumes.csi.read("none"), ...refused);
  await fails(volumes.csi.listExternal("none"), ...refused);
  await fails(volumes.csi.listSnapshots("none", { secrets: { key: "word" } }), ...refused);
  const volume = {
    ID: "none",
    Name: "none",
    PluginID: "none",
    RequestedCapabilities: [{ AccessMode: "single-node-writer", AttachmentMode: "file-system" }],
  };
  await fails(volumes.csi.create(volume), ...refused);
  await fails(volumes.csi.register({ ...volume, ExternalID: "none" }), ...refused);
  await fails(volumes.csi.deregister("none"), ...refused);
  await fails(volumes.csi.createSnapshot({ SourceVolumeID: "none" }), ...refused);
}

/** What the servers say of themselves. */
export async function servers(nomad: NomadClient): Promise<void> {
  assert.match(await nomad.status.leader(), /^127\.0\.0\.1:\d+$/);
  assert.equal((await nomad.status.peers()).length, 1);
  assert.deepEqual(await nomad.status.regions(), ["global"]);
  assert.equal((await nomad.agent.self()).member.Status, "alive");
  assert.equal((await nomad.agent.health()).server?.ok, true);
  assert.equal((await nomad.agent.members()).Members?.length, 1);
  assert.equal((await nomad.agent.servers()).length, 1);
  assert.equal((await nomad.agent.join(["127.0.0.1:1"])).num_joined, 0);
  await nomad.agent.forceLeave("nobody", { prune: true }).catch(() => undefined);
  assert.match((await nomad.agent.host()).OS, /linux/i);
  assert((await nomad.agent.schedulers()).schedulers !== null);
  const workers = await nomad.agent.schedulerWorkers();
  assert((await nomad.agent.setSchedulerWorkers(workers)).num_schedulers === workers.num_schedulers);
  const monitor = nomad.agent.monitor({ logLevel: "trace" })[Symbol.asyncIterator]();
  const line = monitor.next();
  await nomad.system.gc();
  assert(((await line).value as Uint8Array | undefined)?.length ?? 0 > 0);
  await monitor.return?.();
  assert.match(await textOf(nomad.agent.profile("goroutine", { debug: 1 })), /goroutine profile/);
  await nomad.system.reconcileSummaries();
  // The agent of the tests logs to its terminal, not to a file.
  await fails(textOf(nomad.agent.exportLog({ source: "file" })), "NOMAD_E_API_REFUSED", "NOMAD_E_API_SERVER");
}

/** What has no method of its own. */
export async function raw(nomad: NomadClient): Promise<void> {
  assert.deepEqual(await nomad.raw.read("/regions"), ["global"]);
  assert.equal(await nomad.raw.send("PUT", "/system/gc"), undefined);
  assert.match(await textOf(nomad.raw.bytes("/status/leader")), /^"127/);
  await fails(nomad.raw.read("/quotas"), "NOMAD_E_API_REFUSED");
}

export async function operator(nomad: NomadClient): Promise<void> {
  const raft = await nomad.operator.raftConfiguration();
  assert.equal(raft.Servers?.[0]?.Leader, true);
  const unknown = { id: "00000000-0000-0000-0000-000000000000" };
  await fails(nomad.operator.removeRaftPeer(unknown), "NOMAD_E_API_SERVER", "NOMAD_E_API_REFUSED");
  await fails(
    nomad.operator.transferLeadership(unknown),
    "NOMAD_E_API_SERVER",
    "NOMAD_E_API_REFUSED",
    "NOMAD_E_API_NOT_FOUND",
  );
  const autopilot = await nomad.operator.autopilotConfiguration();
  assert.match(autopilot.LastContactThreshold, /ms$/);
  assert.equal(await nomad.operator.setAutopilotConfiguration(autopilot, { cas: autopilot.ModifyIndex }), true);
  assert.equal(await nomad.operator.setAutopilotConfiguration(autopilot, { cas: 1 }), false);
  await nomad.operator.autopilotHealth();
  const { SchedulerConfig } = await nomad.operator.schedulerConfiguration();
  const set = await nomad.operator.setSchedulerConfiguration({
    ...SchedulerConfig,
    MemoryOversubscriptionEnabled: true,
  });
  assert.equal(set.Updated, true);
  const rotated = await nomad.operator.rotateKey();
  const keys = await nomad.operator.keys();
  assert(keys.some(({ KeyID }) => KeyID === rotated.KeyID));
  await fails(nomad.operator.deleteKey(rotated.KeyID), "NOMAD_E_API_SERVER", "NOMAD_E_API_REFUSED");
  assert(((await nomad.operator.metrics()).Gauges ?? []).length > 0);
  assert.match(await nomad.operator.prometheusMetrics(), /^# TYPE/m);
  await nomad.operator.vaultUpgradeCheck();
  await snapshot(nomad);
}

async function snapshot(nomad: NomadClient): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of nomad.operator.snapshot()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  assert.deepEqual([bytes[0], bytes[1]], [0x1f, 0x8b]);
  await nomad.operator.restoreSnapshot(bytes);
}

export async function acl(nomad: NomadClient): Promise<void> {
  assert.equal((await nomad.acl.tokens.self()).Type, "management");
  await fails(nomad.acl.tokens.bootstrap(), "NOMAD_E_API_REFUSED", "NOMAD_E_API_SERVER");
  await nomad.acl.policies.put({ Name: "reader", Rules: 'namespace "default" { policy = "read" }' });
  assert.match((await nomad.acl.policies.read("reader")).Rules, /default/);
  assert.equal((await nomad.acl.policies.list())[0]?.Name, "reader");
  assert.equal((await nomad.acl.policies.self())[0]?.Name, "reader");
  const token = await nomad.acl.tokens.create({ Name: "one", Type: "client", Policies: ["reader"] });
  assert.equal((await nomad.acl.tokens.read(token.AccessorID)).Name, "one");
  await nomad.acl.tokens.update(token.AccessorID, { Name: "two", Type: "client", Policies: ["reader"] });
  assert((await nomad.acl.tokens.list()).some(({ Name }) => Name === "two"));
  const once = await nomad.acl.tokens.createOneTime();
  assert.equal((await nomad.acl.tokens.exchangeOneTime(once.OneTimeSecretID)).Type, "management");
  const role = await nomad.acl.roles.create({ Name: "r", Policies: [{ Name: "reader" }] });
  assert.equal((await nomad.acl.roles.readByName("r")).ID, role.ID);
  await nomad.acl.roles.update(role.ID, { ...role, Description: "changed" });
  assert.equal((await nomad.acl.roles.read(role.ID)).Description, "changed");
  assert.equal((await nomad.acl.roles.list()).length, 1);
  await logins(nomad);
  await nomad.acl.roles.delete(role.ID);
  await nomad.acl.tokens.delete(token.AccessorID);
  await nomad.acl.policies.delete("reader");
}

async function logins({ acl }: NomadClient): Promise<void> {
  const config = { JWTValidationPubKeys: [publicKey], BoundAudiences: ["nomad"] };
  const method = { Name: "jwt", Type: "JWT", TokenLocality: "local", MaxTokenTTL: "10m", Config: config };
  await acl.authMethods.create(method);
  assert.equal((await acl.authMethods.read("jwt")).MaxTokenTTL, "10m0s");
  await acl.authMethods.update("jwt", { ...method, MaxTokenTTL: "5m" });
  assert.equal((await acl.authMethods.list())[0]?.Name, "jwt");
  const rule = await acl.bindingRules.create({ AuthMethod: "jwt", BindType: "policy", BindName: "reader" });
  assert.equal((await acl.bindingRules.read(rule.ID)).BindName, "reader");
  await acl.bindingRules.update(rule.ID, { ...rule, Description: "d" });
  assert.equal((await acl.bindingRules.list()).length, 1);
  const refused = [
    "NOMAD_E_API_REFUSED",
    "NOMAD_E_API_SERVER",
    "NOMAD_E_API_FORBIDDEN",
    "NOMAD_E_API_BAD_TOKEN",
  ] as const;
  await fails(acl.login.jwt({ AuthMethodName: "jwt", LoginToken: "none" }), ...refused);
  await fails(
    acl.login.oidcAuthUrl({ AuthMethodName: "jwt", RedirectURI: "http://localhost", ClientNonce: "n" }),
    ...refused,
  );
  await fails(
    acl.login.oidcComplete({
      AuthMethodName: "jwt",
      ClientNonce: "n",
      Code: "c",
      State: "s",
      RedirectURI: "http://localhost",
    }),
    ...refused,
  );
  assert.match((await acl.login.clientIntroduction({ NodeName: "n", TTL: 60_000_000_000 })).JWT, /\./);
  await acl.bindingRules.delete(rule.ID);
  await acl.authMethods.delete("jwt");
}

/** Half of a pair that nothing was ever signed with. */
const publicKey = process.env["PUBLIC_KEY"] ?? "";
