import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../../../src/core/errors/launcher-error.js";
import type { SiteTls } from "../../../src/core/model/site.js";
import { makeExpiredClient, makeTwoAuthorities, type TwoAuthorities } from "../../support/certificates.js";
import { type Agent, LEAST_RIGHTS, makeTls, startAclAgent, type TlsFiles } from "../../support/cluster/index.mjs";
import { Crowd, isWhole } from "../../support/crowd.js";
import { FaultProxy } from "../../support/fault-proxy.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";
import { blocks } from "../../support/markdown.js";
import { never, siteAt, transportTo } from "../../support/transport-site.js";

const size = 20;
const root = join(import.meta.dirname, "../../..");

describe("an agent with mutual TLS and ACLs", { timeout: 240_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), "mfn-credentials-"));
  let authorities: TwoAuthorities;
  let agent: Agent & { readonly token: string };

  beforeAll(async () => {
    authorities = await makeTwoAuthorities(dir);
    agent = await startAclAgent({ quiet: true, tls: authorities.agent, cpuTotalCompute: 100_000 });
  });
  afterAll(async () => {
    await agent?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const tlsOf = ({ clientCert: cert, clientKey: key }: TlsFiles): SiteTls => {
    const { ca, serverName } = authorities.first;
    return { ca, cert, key, serverName };
  };

  it("says what is wrong with certificates that are no good any more, or never were", async () => {
    const ask = async (tls: SiteTls) => {
      await using transport = transportTo(siteAt(agent.address, { tls }), agent.token);
      return await transport.request({ method: "GET", path: "/jobs" }, never()).then(() => "accepted", describeError);
    };
    const { first, second } = authorities;
    expect([await ask(tlsOf(first)), await ask(tlsOf(second))]).toEqual(["accepted", "accepted"]);
    expect(await ask({ ...tlsOf(first), ...makeExpiredClient(join(dir, "old"), first) })).toMatch(
      /^NOMAD_E_TRANSPORT_TLS: .*the client certificate in tls\.cert has expired/,
    );
    const stranger = await makeTls(join(dir, "stranger"));
    expect(await ask(tlsOf(stranger))).toMatch(/^NOMAD_E_TRANSPORT_TLS: .*refuses the client certificate in tls\.cert/);
    expect(await ask({ ...tlsOf(first), ca: stranger.ca })).toMatch(
      /^NOMAD_E_TRANSPORT_TLS: .*CA of its certificate is not known; set tls\.ca/,
    );
  });

  it(`loses nothing when token and certificates are changed while ${String(size)} tasks run`, async () => {
    const [tokenFile, cert, key] = [join(dir, "token"), join(dir, "cert.pem"), join(dir, "key.pem")];
    const write = (token: string) => {
      writeFileSync(`${tokenFile}.new`, `${token}\n`);
      renameSync(`${tokenFile}.new`, tokenFile);
    };
    const present = ({ clientCert, clientKey }: TlsFiles) => {
      copyFileSync(clientKey, key);
      copyFileSync(clientCert, cert);
    };
    const revoke = ({ accessorId }: { readonly accessorId: string }) =>
      agent.api(`/v1/acl/token/${accessorId}`, { method: "DELETE" });
    const [old, second, third] = [
      await agent.createToken("old", LEAST_RIGHTS),
      await agent.createToken("second", LEAST_RIGHTS),
      await agent.createToken("third", LEAST_RIGHTS),
    ];
    write(old.token);
    present(authorities.first);
    await using proxy = await FaultProxy.to(agent.httpPort);
    const site = { tls: { ...tlsOf(authorities.first), cert, key }, auth: { tokenFile } };
    await using host = openTestHost(proxy.address.replace("http:", "https:"), site);
    await using crowd = new Crowd(host, size);
    await crowd.started();

    // In good order: the new one is there before the old one goes.
    write(second.token);
    await revoke(old);
    await crowd.go(2);

    // In bad order: for a while there is no token that Nomad takes.
    await revoke(second);
    await sleep(4_000);
    write(third.token);
    await crowd.go(2);

    // New connections show the new certificate; those that are open are ended.
    present(authorities.second);
    proxy.begin("drop");
    await sleep(500);
    proxy.heal();
    await crowd.go(2);

    const ended = await crowd.end();
    expect(ended.map((end) => (typeof end === "string" ? end : end.kind))).toEqual(ended.map(() => "succeeded"));
    for (const { jobId, printed, runs, told } of crowd.members) {
      expect(isWhole(printed.stdout), `${jobId}: ${printed.stdout}`).toBe(true);
      expect([runs(), told.filter(({ kind }) => kind === "ended").length]).toEqual([1, 1]);
      expect(told.filter(({ kind }) => kind === "warning")).toEqual([]);
    }
  });

  it("lets a task launch tasks, by the Task API and as who it is", async () => {
    const bundle = join(dir, "cli.mjs");
    const banner = 'import * as mod from "node:module"; const require = mod.createRequire(import.meta.url);';
    buildSync({
      entryPoints: [join(root, "src/cli/main.ts")],
      outfile: bundle,
      bundle: true,
      format: "esm",
      platform: "node",
      banner: { js: banner },
    });
    const [example] = blocks("js").filter(({ text }) => text.includes("api.sock"));
    writeFileSync(join(dir, "metaflow-nomad.config.mjs"), example?.text ?? "");
    const inner = {
      name: "inner",
      driver: "raw_exec",
      command: ["sh", "-c", "echo from within; exit 7"],
      cpu: 50,
      memory: 32,
      disk: 10,
    };
    writeFileSync(join(dir, "inner.yaml"), JSON.stringify(inner));
    const jobId = uniqueId("outer");
    const policy = { Name: "outer", Rules: LEAST_RIGHTS, JobACL: { Namespace: "default", JobID: jobId } };
    await agent.api("/v1/acl/policy/outer", { body: policy });
    await using host = openTestHost(agent.address, { tls: tlsOf(authorities.first), auth: { token: agent.token } });
    const { printed, outcome } = await run(host, {
      jobId,
      argv: ["/bin/sh", "-c", `cd ${dir} && ${process.execPath} cli.mjs launch inner.yaml; echo code $?`],
      blocks: { identity: [{ file: true }] },
      resources: { cpu: 100, memory: 300, disk: 10 },
    });
    expect(printed.stdout, printed.stderr).toBe("from within\ncode 7\n");
    expect(outcome.kind).toBe("succeeded");
    expect(printed.stderr).toContain("exited with code 7");
    const jobs = (await agent.api("/v1/jobs")) as { ID: string; Status: string }[];
    expect(jobs.filter(({ ID }) => ID.startsWith("inner-"))).toMatchObject([{ Status: "dead" }]);
  });
});
