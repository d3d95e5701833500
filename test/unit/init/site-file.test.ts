import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../src/core/config/check-config.js";
import { textFile } from "../../../src/core/config/config-file.js";
import type { ClusterOffer } from "../../../src/core/init/read-offer.js";
import { siteFile } from "../../../src/core/init/site-file.js";

const offer: ClusterOffer = {
  regions: ["global"],
  datacenters: ["dc1"],
  pools: ["default"],
  drivers: ["raw_exec", "exec"],
  volumes: new Map(),
  devices: [],
};
const load = (text: string) => checkConfig(textFile("new.yaml", text));
const write = (over: Partial<ClusterOffer> = {}, name = "main") =>
  siteFile({ name, site: { address: "http://127.0.0.1:4646", auth: {} }, offer: { ...offer, ...over } });

describe("a new site file", () => {
  it("loads, with all that it says commented out as well", () => {
    expect(load(write()).sites["main"]).toMatchObject({ driver: "exec", region: "global", defaults: { memory: 512 } });
    // A comment that is taken in must be right, too: that is what it is for.
    const all = write({ volumes: new Map([["data", "/srv/my data"]]), devices: ["acme/fpga/x"] })
      .split("\n")
      .map((line) => line.replace(/^( {4,})# (?=\w+:)/, "$1"))
      .filter((line) => !line.startsWith("    # "));
    expect(load(all.join("\n")).sites["main"]).toMatchObject({
      shared: { path: "/srv/my data", volume: "data" },
      auth: { tokenFile: "/path/to/token" },
      defaults: { datacenters: ["dc1"], nodePool: "default", timeoutMinutes: 60 },
    });
  });

  it("prefers docker, then exec, then raw_exec, then what there is", () => {
    expect(load(write({ drivers: ["docker", "exec"] })).sites["main"]?.driver).toBe("docker");
    expect(load(write({ drivers: ["podman"] })).sites["main"]?.driver).toBe("podman");
    expect(load(write({ drivers: [] })).sites["main"]?.driver).toBeUndefined();
  });

  it("names a GPU, and a pool where the default one is empty; several regions are left to the reader", () => {
    const made = load(write({ devices: ["nvidia/gpu/Tesla T4"], pools: ["gpu"], regions: ["eu", "us"] })).sites["main"];
    expect(made).toMatchObject({ gpu: { device: "nvidia/gpu" }, defaults: { nodePool: "gpu" } });
    expect(made?.region).toBeUndefined();
  });

  it("takes any name and path as it is, and never a token", () => {
    const word = fc
      .string({ minLength: 1, unit: "binary" })
      .filter((text) => text.isWellFormed() && !["metaflow", "nomad", "__proto__"].includes(text));
    fc.assert(
      fc.property(word, word, (name, file) => {
        const site = { address: "http://127.0.0.1:4646", auth: { tokenFile: file, token: "s3cr3t-token" } };
        const text = siteFile({ name, site, offer });
        expect(text).not.toContain("s3cr3t-token");
        expect(load(text).sites[name]?.auth?.tokenFile).toBe(file);
      }),
    );
  });
});
