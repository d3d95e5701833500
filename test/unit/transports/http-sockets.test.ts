import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/contracts/clock.js";
import { canShare, type NomadTransport } from "../../../src/core/contracts/transport.js";
import { describeError } from "../../../src/core/errors/launcher-error.js";
import type { Site } from "../../../src/core/model/site.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";
import { eventually } from "../../support/eventually.js";
import { silentLogger } from "../../support/silent-logger.js";
import { never, siteAt } from "../../support/transport-site.js";

/** Sleeping takes no time, so that tries are soon used up. */
const clock: Clock = { now: () => 0, random: () => 0, sleep: () => Promise.resolve() };
const credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};
/** POST is not repeated once it may have arrived. */
const post = { method: "POST", path: "/jobs", body: {} } as const;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function open(site: Site): NomadTransport {
  const transport = createHttpTransport({ site, credentials, clock, logger: silentLogger });
  cleanups.push(() => transport[Symbol.asyncDispose]());
  return transport;
}

async function listen(server: Server, scheme = "http"): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `${scheme}://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A server that answers each connection's first bytes by hand. */
const raw = (answer: (socket: Socket) => void) =>
  listen(
    createServer((socket) =>
      socket.once("data", () => {
        answer(socket);
      }),
    ),
  );
const failureOf = (site: Site, silenceMs = 30_000) =>
  open(site)
    .request({ ...post, silenceMs }, never())
    .then(() => "accepted", describeError);

describe("connections that fail", () => {
  it("with nothing listening", async () => {
    const address = await raw(() => undefined);
    await cleanups.pop()?.();
    expect(await failureOf(siteAt(address))).toMatch(
      /NOMAD_E_TRANSPORT_UNREACHABLE: .*nothing listens there \(ECONNREFUSED\)/,
    );
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ["silence", "NOMAD_E_TRANSPORT_TIMEOUT", () => undefined],
    [
      "silence within the body",
      "NOMAD_E_TRANSPORT_TIMEOUT",
      (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["),
    ],
    ["a reset", "NOMAD_E_TRANSPORT_BROKEN", (socket) => socket.resetAndDestroy()],
    ["an end before the reply", "NOMAD_E_TRANSPORT_BROKEN", (socket) => socket.end()],
    [
      "an end within the body",
      "NOMAD_E_TRANSPORT_BROKEN",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["),
    ],
    ["another protocol", "NOMAD_E_TRANSPORT_NOT_NOMAD", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
  ])("by %s", async (_name, code, answer) => {
    const address = await raw(answer);
    expect(await failureOf(siteAt(address), 100)).toContain(code);
  });

  it("with a socket that does not exist, or an address that is none", async () => {
    expect(await failureOf(siteAt("unix:///nowhere/api.sock"))).toMatch(
      /unix:\/\/\/nowhere\/api\.sock .*the socket does not exist/,
    );
    for (const address of ["nomad:4646", "ftp://nomad", "unix://relative", "nonsense"]) {
      expect(() => open(siteAt(address))).toThrow(/sites\.lab\.address/);
    }
  });

  it("after the transport was closed", async () => {
    const transport = open(siteAt("http://127.0.0.1:1"));
    await transport[Symbol.asyncDispose]();
    await expect(transport.request(post, never())).rejects.toThrow(/transport was closed before POST \/jobs/);
  });

  it("keep users and passwords of the address out of messages", async () => {
    const address = await raw((socket) => socket.end());
    const text = await failureOf(siteAt(address.replace("//", "//user:pa55@")));
    expect(text).toContain("NOMAD_E_TRANSPORT_BROKEN");
    expect(text).not.toContain("pa55");
  });
});

describe("bodies", () => {
  it("may be delimited by the end of the connection", async () => {
    const address = await raw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a":1}'),
    );
    expect((await open(siteAt(address)).request(post, never())).body).toEqual({ a: 1 });
  });

  it("go below a reverse proxy's prefix", async () => {
    const address = await listen(createHttpServer((request, reply) => reply.end(JSON.stringify(request.url))));
    const call = { method: "GET", path: "/job/a%2Fb", query: { namespace: "n s" } } as const;
    expect((await open(siteAt(`${address}/nomad/`)).request(call, never())).body).toBe(
      "/nomad/v1/job/a%2Fb?namespace=n+s",
    );
  });

  it("of streams that nobody reads end quietly on abort", async () => {
    const address = await listen(createHttpServer((_request, reply) => reply.write("{}\n")));
    const abort = new AbortController();
    const bytes = await open(siteAt(address)).stream({ method: "GET", path: "/event/stream" }, abort.signal);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(bytes[Symbol.asyncIterator]().next()).rejects.toBe(reason);
  });

  it("of streams report silence and breaks as coded errors", async () => {
    const silent = await listen(createHttpServer((_request, reply) => reply.write("{}\n")));
    const broken = await listen(createHttpServer((_request, reply) => reply.write("{}\n", () => reply.destroy())));
    for (const [address, code] of [
      [silent, "NOMAD_E_TRANSPORT_TIMEOUT"],
      [broken, "NOMAD_E_TRANSPORT_BROKEN"],
    ] as const) {
      const bytes = await open(siteAt(address)).stream(
        { method: "GET", path: "/event/stream", silenceMs: 100 },
        never(),
      );
      const all = (async () => {
        for await (const chunk of bytes) expect(chunk.byteLength).toBeGreaterThan(0);
      })();
      await expect(all).rejects.toMatchObject({ code });
    }
  });
});

describe("shared connections", () => {
  it("are closed when there are fewer, and calls then wait for each other", async () => {
    let [sockets, most, running] = [0, 0, 0];
    const server = createHttpServer((_, reply) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        reply.end("[]");
      }, 50);
    });
    server.on("connection", (socket) => {
      sockets += 1;
      socket.on("close", () => (sockets -= 1));
    });
    const transport = open(siteAt(await listen(server)));
    const ask = () => transport.request({ method: "GET", path: "/nodes" }, never());
    await Promise.all(Array.from({ length: 12 }, ask));
    expect([most, sockets]).toEqual([8, 8]);
    if (canShare(transport)) transport.limitConnections(2, 1);
    await eventually(async () => (sockets === 0 ? true : undefined));
    most = 0;
    await Promise.all(Array.from({ length: 6 }, ask));
    expect([most, sockets]).toEqual([2, 2]);
  });

  it("let what is under way end, and close it with the transport", async () => {
    const address = await raw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}");
    });
    const transport = createHttpTransport({ site: siteAt(address), credentials, clock, logger: silentLogger });
    const stream = await transport.stream({ method: "GET", path: "/event/stream" }, never());
    const bytes = stream[Symbol.asyncIterator]();
    if (canShare(transport)) transport.limitConnections(1, 1);
    expect(Buffer.from((await bytes.next()).value as Uint8Array).toString()).toBe("{}");
    await transport[Symbol.asyncDispose]();
    await expect(bytes.next()).rejects.toThrow();
  });
});

describe("certificates", () => {
  it.each<[string, readonly string[], string, RegExp]>([
    [
      "an expired one",
      ["-startdate", "200101000000Z", "-enddate", "200201000000Z"],
      "IP:127.0.0.1",
      /certificate has expired/,
    ],
    ["one for another host", ["-days", "1"], "DNS:other.example", /for another name; set tls\.serverName/],
  ])("%s is refused, with the reason", async (_name, dates, subject, reason) => {
    const { key, cert } = makeCertificate(dates, subject);
    const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, reply) =>
      reply.end("[]"),
    );
    const text = await failureOf(siteAt(await listen(server, "https"), { tls: { ca: cert } }));
    expect(text).toContain("NOMAD_E_TRANSPORT_TLS");
    expect(text).toMatch(reason);
  });
});

/** A self-signed certificate. Only `openssl ca` can date one into the past. */
function makeCertificate(dates: readonly string[], subject: string): { readonly key: string; readonly cert: string } {
  const dir = mkdtempSync(join(tmpdir(), "mn-cert-"));
  cleanups.push(() => {
    rmSync(dir, { recursive: true });
  });
  const [key, cert, csr, config] = [
    join(dir, "key.pem"),
    join(dir, "cert.pem"),
    join(dir, "csr.pem"),
    join(dir, "ca.cnf"),
  ];
  const section = [
    "database=index",
    "new_certs_dir=.",
    "rand_serial=yes",
    "default_md=sha256",
    "policy=any",
    "x509_extensions=ext",
  ];
  writeFileSync(
    config,
    ["[ca]", ...section, "[any]", "commonName=supplied", "[ext]", `subjectAltName=${subject}`, ""].join("\n"),
  );
  writeFileSync(join(dir, "index"), "");
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  openssl(
    "req",
    "-new",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=localhost",
    "-keyout",
    key,
    "-out",
    csr,
  );
  openssl(
    "ca",
    "-batch",
    "-selfsign",
    "-notext",
    "-config",
    config,
    "-name",
    "ca",
    "-keyfile",
    key,
    "-in",
    csr,
    "-out",
    cert,
    ...dates,
  );
  return { key, cert };
}
