import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanExec } from "../../../src/core/contracts/task-exec.js";
import type { NomadTransport } from "../../../src/core/contracts/transport.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import type { Allocation } from "../../../src/core/model/allocation.js";
import type { Site, SiteTls } from "../../../src/core/model/site.js";
import { conformanceJob, registerConformanceJob } from "../../../src/testing/conformance-jobs.js";
import { tokenCommand } from "../../../src/transports/credentials/token-command.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";
import { type Agent, startAgent, type TlsFiles } from "../../support/cluster/index.mjs";
import { startProxy } from "../../support/connect-proxy.js";
import { silentLogger } from "../../support/silent-logger.js";
import { never, siteAt, transportTo } from "../../support/transport-site.js";

const jobs = { method: "GET", path: "/jobs" } as const;
const dead = "https://127.0.0.1:1";

let agent: Agent & { readonly tls: TlsFiles };
beforeAll(async () => {
  agent = (await startAgent({ quiet: true, tls: true, acl: true })) as typeof agent;
});
afterAll(() => agent.stop());

const tls = (): SiteTls => {
  const { ca, clientCert: cert, clientKey: key, serverName } = agent.tls;
  return { ca, cert, key, serverName };
};
const site = (over: Partial<Site> = {}) => siteAt(over.address ?? agent.address, { tls: tls(), ...over });
const open = (over: Partial<Site> = {}) => transportTo(site(over), agent.token);

async function runningAllocation(transport: NomadTransport, id: string): Promise<string> {
  await registerConformanceJob(transport, conformanceJob(id, { exitCode: 0, seconds: 60 }));
  for (;;) {
    const { body } = await transport.request({ method: "GET", path: `/job/${id}/allocations` }, never());
    const found = (body as Allocation[]).find(({ ClientStatus }) => ClientStatus === "running");
    if (found !== undefined) return found.ID;
    await systemClock.sleep(100, never());
  }
}

describe("an encrypted client key", () => {
  it("is opened with the passphrase of a file", async () => {
    const [key, phrase] = [join(agent.dir, "encrypted.pem"), join(agent.dir, "phrase")];
    writeFileSync(phrase, "correct horse\n");
    execFileSync("openssl", ["ec", "-aes256", "-in", agent.tls.clientKey, "-out", key, "-passout", `file:${phrase}`], {
      stdio: "pipe",
    });
    await using transport = open({ tls: { ...tls(), key, keyPassphraseFile: phrase } });
    expect((await transport.request(jobs, never())).status).toBe(200);
    await using without = open({ tls: { ...tls(), key } });
    await expect(without.request(jobs, never())).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_TLS" });
  });
});

describe("a proxy", () => {
  it("carries calls, streams and commands in tasks, over mTLS", async () => {
    await using proxy = await startProxy("user:p@ss");
    await using transport = open({ proxy: `http://user:p%40ss@${proxy.place}` }) as NomadTransport & CanExec;
    const allocationId = await runningAllocation(transport, "through-a-proxy");
    const said: string[] = [];
    const output = (_stream: string, bytes: Uint8Array) => void said.push(Buffer.from(bytes).toString());
    const call = { allocationId, task: "main", command: ["echo", "hello"], namespace: "default" };
    expect(await transport.exec(call, { output }, never())).toBe(0);
    expect(said.join("")).toBe("hello\n");
    for await (const chunk of await transport.stream({ method: "GET", path: "/event/stream" }, never())) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(agent.address).host]));
    expect(proxy.tunnels.length).toBeGreaterThanOrEqual(3);
  });

  it("that refuses, or is not there, is named; its password is not", async () => {
    await using proxy = await startProxy("user:right");
    await using refused = open({ proxy: `http://user:wrong@${proxy.place}` });
    const error = await refused.request(jobs, never()).catch((reason: unknown) => String(reason));
    expect(error).toContain("the proxy refused it (HTTP 407)");
    expect(error).not.toContain("wrong");
    await using nobody = open({ proxy: "http://127.0.0.1:1" });
    await expect(nobody.request(jobs, never())).rejects.toThrow(/the proxy cannot be reached \(ECONNREFUSED\)/);
  });
});

describe("several agents", () => {
  it("stand in for each other: one that is not there costs nothing but a look", async () => {
    await using transport = open({ address: dead, fallbackAddresses: [dead, agent.address] });
    expect((await transport.request(jobs, never())).status).toBe(200);
    expect(transport.address).toBe(agent.address);
  });

  it("that are all gone are refused at once", async () => {
    await using transport = open({ address: dead, fallbackAddresses: ["https://127.0.0.1:2"] });
    await expect(transport.request(jobs, never())).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_UNREACHABLE" });
  });
});

describe("a token that a command prints", () => {
  it("is asked for again after a 403", async () => {
    const file = join(agent.dir, "token");
    writeFileSync(file, "00000000-0000-0000-0000-000000000000");
    const credentials = tokenCommand({ tokenCommand: ["cat", file] })!;
    await using transport = createHttpTransport({
      site: site(),
      credentials,
      clock: systemClock,
      logger: silentLogger,
    });
    await expect(transport.request(jobs, never())).rejects.toMatchObject({ code: "NOMAD_E_API_BAD_TOKEN" });
    writeFileSync(file, agent.token ?? "");
    expect((await transport.request(jobs, never())).status).toBe(200);
  });
});
