import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { createNomadClient } from "../../../src/client/index.js";
import { credentialsOf, siteOf } from "../../../src/client/connect.js";

const never = () => new AbortController().signal;

describe("where a client goes", () => {
  it("is the agent of this machine, where nothing is said", () => {
    expect(siteOf({ env: {} })).toMatchObject({
      address: "http://127.0.0.1:4646",
      defaults: { namespace: "default" },
      connections: 50,
      auth: {},
    });
  });

  it("is where the nomad command goes", () => {
    const env = {
      NOMAD_ADDR: "https://n:4646",
      NOMAD_TOKEN: "t",
      NOMAD_REGION: "eu",
      NOMAD_NAMESPACE: "ml",
      NOMAD_CACERT: "ca.pem",
      NOMAD_TLS_SERVER_NAME: "server.eu.nomad",
    };
    expect(siteOf({ env })).toMatchObject({
      address: "https://n:4646",
      auth: { token: "t" },
      region: "eu",
      defaults: { namespace: "ml" },
      tls: { ca: resolve("ca.pem"), serverName: "server.eu.nomad" },
    });
    expect(siteOf({ env: { NOMAD_TOKEN: "t" } })).toMatchObject({
      address: "http://127.0.0.1:4646",
      auth: { token: "t" },
    });
  });

  it("is METAFLOW_NOMAD_ADDRESS before NOMAD_ADDR, with its own token", () => {
    const env = { METAFLOW_NOMAD_ADDRESS: "http://m:1", NOMAD_ADDR: "http://n:1", NOMAD_TOKEN: "t" };
    expect(siteOf({ env })).toMatchObject({ address: "http://m:1", auth: {} });
  });

  it("is an address that is given, alone: no token of the environment goes there", () => {
    const env = { NOMAD_ADDR: "http://n:1", NOMAD_TOKEN: "t", NOMAD_CACERT: "ca.pem" };
    const site = siteOf({ env, address: "http://a:1/" });
    expect(site).toMatchObject({ address: "http://a:1", auth: {} });
    expect(site.tls).toBeUndefined();
  });

  it("has options on top of the environment", async () => {
    const env = { NOMAD_ADDR: "http://n:1", NOMAD_TOKEN: "t", NOMAD_NAMESPACE: "ml" };
    const site = siteOf({ env, token: "mine", namespace: "own", region: "us", tls: { ca: "ca.pem" } });
    expect(site).toMatchObject({ region: "us", defaults: { namespace: "own" }, tls: { ca: resolve("ca.pem") } });
    expect(await credentialsOf(site).token(never())).toBe("mine");
    expect(await credentialsOf(siteOf({ env: {} })).token(never())).toBeUndefined();
  });

  it.each([
    [{ address: "nomad.example" }, /address/],
    [{ token: "a", tokenFile: "b" }, /auth/],
    [{ tls: { cert: "c.pem" } }, /tls/],
    [{ connections: 0 }, /connections/],
    [{ adress: "http://a:1" }, /adress/],
    [{ env: { NOMAD_ADDR: "nowhere" } }, /NOMAD_ADDR/],
  ])("is refused with what is wrong: %j", (options, place) => {
    const made = () => createNomadClient({ env: {}, ...options });
    expect(made).toThrow(expect.objectContaining({ code: "NOMAD_E_CONFIG_INVALID" }));
    expect(made).toThrow(place);
  });
});
