import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/contracts/clock.js";
import type { Credentials } from "../../../src/core/contracts/credentials.js";
import type { ApiCall, NomadTransport } from "../../../src/core/contracts/transport.js";
import { describeError } from "../../../src/core/errors/launcher-error.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";
import { silentLogger } from "../../support/silent-logger.js";
import { never, siteAt } from "../../support/transport-site.js";

const address = "http://nomad.test:4646";
const jobs: ApiCall = { method: "GET", path: "/jobs" };
/** Sleeping takes no time, and time stands still: only the number of tries ends the retries. */
const clock: Clock = { now: () => 0, random: () => 0, sleep: () => Promise.resolve() };

/** Hands out one token after the other; `refresh` goes on to the next. */
class Tokens implements Credentials {
  readonly origin = "a test";

  constructor(private readonly left: string[]) {}

  token(): Promise<string | undefined> {
    return Promise.resolve(this.left[0]);
  }

  refresh(): Promise<boolean> {
    if (this.left.length > 1) this.left.shift();
    return Promise.resolve(this.left.length > 1);
  }
}

let transport: NomadTransport;
const open = (credentials: Credentials = new Tokens([])) => {
  transport = createHttpTransport({ site: siteAt(address), credentials, clock, logger: silentLogger });
  return transport;
};
const ask = (call = jobs, credentials?: Credentials) => open(credentials).request(call, never());
const failureOf = (call = jobs, credentials?: Credentials): Promise<string> =>
  ask(call, credentials).then(() => "accepted", describeError);

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  const unused = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(unused).toEqual([]);
});

describe("a reply", () => {
  it("has its status, index and body", async () => {
    nock(address)
      .get("/v1/jobs")
      .reply(200, [{ ID: "a" }], { "X-Nomad-Index": "42" });
    expect(await ask()).toEqual({ status: 200, index: 42, body: [{ ID: "a" }] });
  });

  it.each(["", "none", "-1", "1e400"])("has index 0 where Nomad sends %j", async (index) => {
    nock(address).get("/v1/jobs").reply(200, [], { "X-Nomad-Index": index });
    expect((await ask()).index).toBe(0);
  });

  it("may be empty", async () => {
    nock(address).delete("/v1/var/a").reply(204);
    expect((await ask({ method: "DELETE", path: "/var/a" })).body).toBeUndefined();
  });

  it("goes with region, namespace, repeated parameters and the token", async () => {
    nock(address, { reqheaders: { "x-nomad-token": "secret" } })
      .get("/v1/jobs?region=eu&namespace=ml&topic=A&topic=B")
      .reply(200, []);
    const site = siteAt(address, { region: "eu" });
    transport = createHttpTransport({ site, credentials: new Tokens(["secret"]), clock, logger: silentLogger });
    await transport.request({ ...jobs, query: { namespace: "ml", topic: ["A", "B"], none: undefined } }, never());
  });
});

describe("passing faults are tried again", () => {
  it.each([429, 500, 502, 503, 504])("HTTP %i", async (status) => {
    nock(address).get("/v1/jobs").times(3).reply(status, "No cluster leader");
    nock(address).get("/v1/jobs").reply(200, []);
    expect((await ask()).status).toBe(200);
  });

  it.each(["ECONNRESET", "ECONNREFUSED", "EPIPE", "ENOTFOUND"])("%s, where something answered before", async (code) => {
    const failure = Object.assign(new Error("from the network"), { code });
    nock(address).get("/v1/jobs").reply(200, []);
    nock(address).get("/v1/jobs").replyWithError(failure);
    nock(address).get("/v1/jobs").reply(200, []);
    await ask();
    expect((await transport.request(jobs, never())).status).toBe(200);
  });

  it("but not an address where nothing ever answered", async () => {
    nock(address)
      .get("/v1/jobs")
      .replyWithError(Object.assign(new Error("from the network"), { code: "ECONNREFUSED" }));
    expect(await failureOf()).toContain("NOMAD_E_TRANSPORT_UNREACHABLE");
  });

  it("until the tries are used up", async () => {
    nock(address).get("/v1/jobs").times(12).reply(503, "No cluster leader");
    expect(await failureOf()).toMatch(/^NOMAD_E_API_SERVER: .*GET \/jobs \(HTTP 503\): No cluster leader/);
  });

  it("with what a change failed with that may have arrived, even if nobody answers any more", async () => {
    const put: ApiCall = { method: "PUT", path: "/jobs", body: {} };
    const failing = (code: string, times: number) =>
      nock(address)
        .put("/v1/jobs")
        .times(times)
        .replyWithError(Object.assign(new Error(code), { code }));
    failing("ECONNRESET", 1);
    const begun = open();
    nock(address).get("/v1/jobs").reply(200, []);
    await begun.request(jobs, never());
    failing("ECONNREFUSED", 11);
    const said = (call: ApiCall) => begun.request(call, never()).then(() => "accepted", describeError);
    expect(await said(put)).toMatch(/^NOMAD_E_TRANSPORT_BROKEN/);
    failing("ECONNREFUSED", 12);
    expect(await said(put)).toMatch(/^NOMAD_E_TRANSPORT_UNREACHABLE/);
  });

  it("but a POST is not, once it may have been handled", async () => {
    nock(address).post("/v1/job/a/dispatch").reply(500, "No cluster leader");
    expect(await failureOf({ method: "POST", path: "/job/a/dispatch", body: {} })).toContain("NOMAD_E_API_SERVER");
  });

  it("a POST that met a 429 is", async () => {
    nock(address).post("/v1/job/a/dispatch").reply(429, "Your IP is issuing too many concurrent connections");
    nock(address).post("/v1/job/a/dispatch").reply(200, {});
    expect((await ask({ method: "POST", path: "/job/a/dispatch", body: {} })).status).toBe(200);
  });
});

describe("replies that are not Nomad's", () => {
  it("a web page under 200", async () => {
    nock(address).get("/v1/jobs").reply(200, "<!DOCTYPE html><title>Sign in</title>", { "content-type": "text/html" });
    expect(await failureOf()).toContain("NOMAD_E_TRANSPORT_NOT_NOMAD");
  });

  it("a web page under 404", async () => {
    nock(address).get("/v1/jobs").reply(404, "<html><h1>nginx</h1></html>");
    expect(await failureOf()).toContain("NOMAD_E_TRANSPORT_NOT_NOMAD");
  });

  it("a redirect", async () => {
    nock(address).get("/v1/jobs").reply(302, "", { location: "https://login.example/" });
    expect(await failureOf()).toMatch(/NOMAD_E_TRANSPORT_NOT_NOMAD.*https:\/\/login\.example\//);
  });

  it("broken JSON", async () => {
    nock(address).get("/v1/jobs").reply(200, '[{"ID":', { "content-type": "application/json" });
    expect(await failureOf()).toMatch(/NOMAD_E_API_REPLY.*GET \/jobs.*not JSON/);
  });

  it("a giant", async () => {
    nock(address)
      .get("/v1/jobs")
      .reply(200, Buffer.alloc(65 * 1024 * 1024, " "));
    expect(await failureOf()).toMatch(/NOMAD_E_API_REPLY.*larger than 64 MiB/);
  });
});

describe("refusals of the token", () => {
  it("are tried once more with a fresh token", async () => {
    nock(address, { reqheaders: { "x-nomad-token": "old" } })
      .get("/v1/jobs")
      .reply(403, "Permission denied");
    nock(address, { reqheaders: { "x-nomad-token": "new" } })
      .get("/v1/jobs")
      .reply(200, []);
    expect((await ask(jobs, new Tokens(["old", "new", "newer"]))).status).toBe(200);
  });

  it("are final when the fresh one is refused too, and never show it", async () => {
    nock(address).get("/v1/jobs").twice().reply(403, "Permission denied for t0ken-2, sorry");
    nock(address).get("/v1/acl/token/self").reply(200, {});
    const text = await failureOf(jobs, new Tokens(["t0ken-1", "t0ken-2"]));
    expect(text).toMatch(/^NOMAD_E_API_FORBIDDEN: .*\(a test\).*for \(token\), sorry/);
    expect(text).not.toContain("t0ken");
  });

  it("become BAD_TOKEN when Nomad does not know the token", async () => {
    nock(address).get("/v1/jobs").reply(403, "Permission denied");
    nock(address).get("/v1/acl/token/self").reply(403, "Permission denied");
    expect(await failureOf(jobs, new Tokens(["unknown"]))).toContain("NOMAD_E_API_BAD_TOKEN");
  });

  it.each([
    [404, "ACL token not found"],
    [500, "acl token lookup failed: index error: UUID must be 36 characters"],
    [500, "failed to parse signed token: go-jose/go-jose: compact JWS format must have three parts"],
  ])("become BAD_TOKEN by every version's words (%i %s)", async (status, text) => {
    nock(address).get("/v1/jobs").reply(403, "Permission denied");
    nock(address).get("/v1/acl/token/self").reply(status, text);
    expect(await failureOf(jobs, new Tokens(["unknown"]))).toContain("NOMAD_E_API_BAD_TOKEN");
  });

  it("stay FORBIDDEN when the token cannot be asked about", async () => {
    nock(address).get("/v1/jobs").reply(403, "Permission denied");
    nock(address).get("/v1/acl/token/self").reply(502, "bad gateway");
    expect(await failureOf(jobs, new Tokens(["unknown"]))).toContain("NOMAD_E_API_FORBIDDEN");
  });

  it("of a workload identity are not asked about", async () => {
    nock(address).get("/v1/jobs").reply(403, "Permission denied");
    expect(await failureOf(jobs, new Tokens(["header.claims.signature"]))).toContain("NOMAD_E_API_FORBIDDEN");
  });

  it("include a token that no header can carry", async () => {
    expect(await failureOf(jobs, new Tokens(["two\nlines"]))).toContain("NOMAD_E_API_BAD_TOKEN");
  });
});
