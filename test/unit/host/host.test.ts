import { describe, expect, it } from "vitest";
import { definePlugin } from "../../../src/core/contracts/plugin.js";
import { Host } from "../../../src/core/host/host.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { transportsPlugin } from "../../../src/transports/plugin.js";
import { site } from "../../support/builders.js";
import { fakeTransport } from "../../support/fake-transport.js";
import { silentLogger } from "../../support/silent-logger.js";

function open(closed: string[] = []) {
  const own = definePlugin({
    name: "own",
    apiVersion: "1",
    setup: (registrar) =>
      registrar.transport("own", ({ site: { name, address, auth } }) => ({
        ...fakeTransport({}),
        address: `${address} ${JSON.stringify(auth)}`,
        [Symbol.asyncDispose]: async () => void closed.push(name),
      })),
  });
  const sites = { lab: site({ transport: "own", auth: { token: "t" }, region: "r1" }), prod: site({ name: "prod" }) };
  return new Host({
    sites,
    defaultSite: "lab",
    plugins: [transportsPlugin, own],
    clock: new ManualClock(),
    logger: silentLogger,
    file: "sites.yaml",
  });
}

describe("Host", () => {
  it("composes a site once, with the transport its config names, and closes it", async () => {
    const closed: string[] = [];
    const host = open(closed);
    expect(host.site()).toBe(host.site("lab"));
    expect(host.site().transport.address).toContain("127.0.0.1:4646");
    await host[Symbol.asyncDispose]();
    expect(closed).toEqual(["lab"]);
  });

  it("names an unknown site and those there are", () => {
    expect(() => open().site("moon")).toThrow("Site moon is not configured in sites.yaml.");
  });

  it("keeps a step's own connection apart from the site's token and region", () => {
    const host = open();
    const own = host.connection({ address: "http://other:4646" });
    expect(own.transport.address).toBe("http://other:4646 {}");
    expect(own.site.region).toBeUndefined();
    expect(own.site.driver).toBe("raw_exec");
    expect(host.connection({ address: "http://other:4646" })).toBe(own);
  });

  it("keeps two tokens for one address apart", () => {
    const host = open();
    const [first, second, none] = [{ token: "a" }, { token: "b" }, {}].map((auth) =>
      host.connection({ address: "http://other:4646", ...auth }),
    );
    expect(new Set([first, second, none]).size).toBe(3);
    expect(second?.transport.address).toBe('http://other:4646 {"token":"b"}');
  });
});
