import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { createServer, connect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NomadTransport } from "../../../src/core/contracts/transport.js";
import { describeError } from "../../../src/core/errors/launcher-error.js";
import type { SiteTls } from "../../../src/core/model/site.js";
import { transportConformance } from "../../../src/testing/transport-conformance.js";
import { type Agent, LEAST_RIGHTS, startAclAgent, startAgent, type TlsFiles } from "../../support/cluster/index.mjs";
import { never, siteAt, transportTo } from "../../support/transport-site.js";

const jobs = { method: "GET", path: "/jobs" } as const;

describe("HTTP transport on a plain agent", () => {
  let agent: Agent;
  let transport: NomadTransport;

  beforeAll(async () => {
    agent = await startAgent({ quiet: true });
    transport = transportTo(siteAt(agent.address));
  }, 120_000);
  afterAll(async () => {
    await transport[Symbol.asyncDispose]();
    await agent.stop();
  }, 60_000);

  it.each(transportConformance)("$name", (one) => one.run({ transport }));

  it("names the namespace that does not exist", async () => {
    const body = { Job: jobIn("nowhere") };
    const call = { method: "PUT", path: "/jobs", query: { namespace: "nowhere" }, body } as const;
    await expect(transport.request(call, never())).rejects.toMatchObject({
      code: "NOMAD_E_API_NAMESPACE",
      message: "Nomad has no namespace nowhere.",
    });
  });

  it("refuses a job that is there already, without trying again", async () => {
    const call = {
      method: "PUT",
      path: "/jobs",
      body: { Job: jobIn("default"), EnforceIndex: true, JobModifyIndex: 0 },
    } as const;
    await transport.request(call, never());
    const again = transport.request(call, never());
    await expect(again).rejects.toMatchObject({ code: "NOMAD_E_API_REFUSED", facts: { status: 500 } });
    await expect(again).rejects.toThrow(/job already exists/);
  });

  it("closes a stream's connection when the loop is left, and when the signal aborts", async () => {
    await using proxy = await openProxy({ port: agent.httpPort });
    await using through = transportTo(siteAt(proxy.address));
    const call = { method: "GET", path: "/event/stream", query: { topic: "Job" } } as const;
    await firstOf(await through.stream(call, never()));
    await proxy.untilOpen(0);
    const abort = new AbortController();
    const bytes = await through.stream(call, abort.signal);
    await proxy.untilOpen(1);
    abort.abort(new Error("enough"));
    await expect(drain(bytes)).rejects.toThrow("enough");
    await proxy.untilOpen(0);
  });

  it("submits while every long connection is taken", async () => {
    await using narrow = transportTo(siteAt(agent.address, { connections: 3 }));
    const call = { method: "GET", path: "/event/stream", query: { topic: "Job" } } as const;
    const streams = await Promise.all([narrow.stream(call, never()), narrow.stream(call, never())]);
    expect((await narrow.request(jobs, never())).status).toBe(200);
    for (const stream of streams) await firstOf(stream);
  });

  it("says that an http address was given as https", async () => {
    await using wrong = transportTo(siteAt(agent.address.replace("http:", "https:")));
    await expect(wrong.request(jobs, never())).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_TLS" });
    await expect(wrong.request(jobs, never())).rejects.toThrow(/no TLS is spoken there/);
  });

  it("goes through a unix socket", async () => {
    const dir = await mkdtemp(join(tmpdir(), "mn-sock-"));
    await using proxy = await openProxy({ port: agent.httpPort, socketPath: join(dir, "api.sock") });
    await using local = transportTo(siteAt(proxy.address));
    expect(local.address).toBe(`unix://${join(dir, "api.sock")}`);
    for (const one of transportConformance) await one.run({ transport: local });
    await rm(dir, { recursive: true });
  });
});

describe("HTTP transport on an agent with ACLs", () => {
  let agent: Agent & { readonly token: string };

  beforeAll(async () => {
    agent = await startAclAgent({ quiet: true });
  }, 120_000);
  afterAll(() => agent.stop(), 60_000);

  const refusal = async (token: string | undefined, call: Parameters<NomadTransport["request"]>[0] = jobs) => {
    await using transport = transportTo(siteAt(agent.address), token);
    return await transport.request(call, never()).then(
      () => "accepted",
      (error: unknown) => describeError(error),
    );
  };

  it("works with the least rights", async () => {
    const { token } = await agent.createToken("least", LEAST_RIGHTS);
    expect(await refusal(token)).toBe("accepted");
    await using transport = transportTo(siteAt(agent.address), token);
    for (const one of transportConformance) await one.run({ transport });
  });

  it("says that a right is missing", async () => {
    const { token } = await agent.createToken("least", LEAST_RIGHTS);
    const text = await refusal(token, { method: "GET", path: "/nodes" });
    expect(text).toContain("NOMAD_E_API_FORBIDDEN");
    expect(text).toContain("GET /nodes");
    expect(text).not.toContain(token);
  });

  it("says that there is no token", async () => {
    expect(await refusal(undefined)).toContain("NOMAD_E_API_FORBIDDEN");
    expect(await refusal(undefined)).toContain("(no token)");
  });

  it.each(["11111111-1111-1111-1111-111111111111", "no-token-at-all"])(
    "says that %s is no token Nomad knows",
    async (token) => {
      const text = await refusal(token);
      expect(text).toContain("NOMAD_E_API_BAD_TOKEN");
      expect(text).not.toContain(token);
    },
  );

  it("says that a token was revoked", async () => {
    const { token, accessorId } = await agent.createToken("short", LEAST_RIGHTS);
    expect(await refusal(token)).toBe("accepted");
    await agent.api(`/v1/acl/token/${accessorId}`, { method: "DELETE" });
    expect(await refusal(token)).toContain("NOMAD_E_API_BAD_TOKEN");
  });
});

describe("HTTP transport on an agent with mutual TLS", () => {
  let agent: Agent & { readonly tls: TlsFiles };

  beforeAll(async () => {
    agent = (await startAgent({ quiet: true, tls: true })) as typeof agent;
  }, 120_000);
  afterAll(() => agent.stop(), 60_000);

  const full = (): SiteTls => ({ ca: agent.tls.ca, cert: agent.tls.clientCert, key: agent.tls.clientKey });
  const ask = async (tls: SiteTls | undefined, address = agent.address) => {
    await using transport = transportTo(siteAt(address, tls === undefined ? {} : { tls }));
    return await transport.request(jobs, never()).then(
      () => "accepted",
      (error: unknown) => describeError(error),
    );
  };

  it("conforms", async () => {
    await using transport = transportTo(
      siteAt(agent.address, { tls: { ...full(), serverName: agent.tls.serverName } }),
    );
    for (const one of transportConformance) await one.run({ transport });
  });

  it("says what is wrong with the certificates", async () => {
    expect(await ask(full())).toBe("accepted");
    expect(await ask(undefined)).toMatch(/NOMAD_E_TRANSPORT_TLS.*CA of its certificate is not known/);
    expect(await ask({ ca: agent.tls.ca })).toMatch(/NOMAD_E_TRANSPORT_TLS.*wants a client certificate/);
    expect(await ask({ ...full(), serverName: "other.example" })).toMatch(/NOMAD_E_TRANSPORT_TLS.*for another name/);
    expect(await ask({ ...full(), key: agent.tls.ca })).toMatch(/NOMAD_E_TRANSPORT_TLS.*not usable/);
    expect(await ask({ ...full(), key: "/nowhere/key.pem" })).toMatch(
      /NOMAD_E_CONFIG_UNREADABLE.*\/nowhere\/key\.pem.*tls\.key/,
    );
    expect(await ask(undefined, agent.address.replace("https:", "http:"))).toMatch(/NOMAD_E_TRANSPORT_PLAIN_TO_TLS/);
  });

  it("takes up a new certificate without a restart", async () => {
    const dir = await mkdtemp(join(tmpdir(), "mn-tls-"));
    const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
    await copyFile(agent.tls.ca, cert);
    await copyFile(agent.tls.clientKey, key);
    await using transport = transportTo(siteAt(agent.address, { tls: { ca: agent.tls.ca, cert, key } }));
    await expect(transport.request(jobs, never())).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_TLS" });
    await copyFile(agent.tls.clientCert, cert);
    expect((await transport.request(jobs, never())).status).toBe(200);
    await rm(dir, { recursive: true });
  });
});

function jobIn(namespace: string): object {
  const task = { Name: "main", Driver: "raw_exec", Config: { command: "/bin/true" } };
  return {
    ID: "taken",
    Name: "taken",
    Type: "batch",
    Namespace: namespace,
    TaskGroups: [{ Name: "main", Tasks: [task] }],
  };
}

/** The first bytes; the loop is left then. */
async function firstOf(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  for await (const chunk of bytes) return chunk;
  return undefined;
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) expect(chunk.byteLength).toBeGreaterThan(0);
}

/** A TCP relay that knows how many connections are open. */
async function openProxy({ port, socketPath }: { readonly port: number; readonly socketPath?: string }) {
  const open = new Set<Socket>();
  let changed = Promise.withResolvers<undefined>();
  const note = () => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };
  const server: Server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    open.add(near);
    note();
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => near.destroy());
    near.on("close", () => {
      far.destroy();
      open.delete(near);
      note();
    });
  });
  server.listen(socketPath === undefined ? { port: 0, host: "127.0.0.1" } : { path: socketPath });
  await once(server, "listening");
  const place = server.address();
  return {
    address:
      socketPath === undefined
        ? `http://127.0.0.1:${String(typeof place === "object" ? place?.port : "")}`
        : `unix://${socketPath}`,
    async untilOpen(count: number) {
      while (open.size !== count) await changed.promise;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
