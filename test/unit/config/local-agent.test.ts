import { describe, expect, it } from "vitest";
import { explainLocalAgent, withLocalFolder, withoutLocalAgent } from "../../../src/core/config/local-agent.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { site } from "../../support/builders.js";
import { composeJob } from "../../support/compose.js";

describe("the agent on this machine", () => {
  it.each(["http://localhost:4646", "http://127.0.0.1:5000", "http://[::1]:4646", "https://127.0.0.2"])(
    "sees the folder of the local datastore at %s",
    (address) => {
      const own = site({ name: "metaflow", address });
      expect(withLocalFolder(own, "/home/ada/.metaflow").shared).toEqual({ path: "/home/ada/.metaflow" });
    },
  );

  it.each([
    ["metaflow", "http://nomad.example.com:4646"],
    ["metaflow", "http://localhost.example.com:4646"],
    ["metaflow", "unix:///run/nomad.sock"],
    ["lab", "http://localhost:4646"],
  ])("is no other site: %s, %s", (name, address) => {
    expect(withLocalFolder(site({ name, address }), "/home/ada/.metaflow").shared).toBeUndefined();
  });

  it("keeps what the site says", () => {
    const own = site({ name: "nomad", address: "http://localhost:1", shared: { path: "/srv" } });
    expect(withLocalFolder(own, "/home").shared).toEqual({ path: "/srv" });
  });

  it("gives a step's own address nothing that is true of this machine only", () => {
    const local = { name: "localhost", shared: { path: "/home" }, driverWithoutImage: "raw_exec" };
    const own = site({ ...local, defaults: { ...site().defaults, cpu: 7, datacenters: ["dc1"] } });
    const { shared, driverWithoutImage, defaults } = withoutLocalAgent(own);
    expect([shared, driverWithoutImage, defaults.datacenters, defaults.cpu]).toEqual([
      undefined,
      undefined,
      undefined,
      7,
    ]);
    const lab = site({ ...local, name: "lab" });
    expect(withoutLocalAgent(lab)).toBe(lab);
  });

  it("does not answer: then no cluster is configured", () => {
    const facts = { address: "http://localhost:4646", reason: "nothing listens there" };
    const here = new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { ...facts, site: "localhost" });
    const there = new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { ...facts, site: "lab" });
    const explained = explainLocalAgent(here);
    expect(explained).toMatchObject({ code: "NOMAD_E_CONFIG_NOT_FOUND", cause: here });
    expect((explained as LauncherError).message).toContain("none answers at http://localhost:4646.");
    expect(explainLocalAgent(there)).toBe(there);
    expect(explainLocalAgent(new Error("x"))).toEqual(new Error("x"));
  });
});

describe("a task without an image", () => {
  const own = {
    driver: "docker",
    driverWithoutImage: "raw_exec",
    defaults: { ...site().defaults, image: "python:3.12" },
  };
  const driverOf = (asked: Parameters<typeof composeJob>[0]) => composeJob(asked, own).TaskGroups[0].Tasks[0].Driver;

  it("runs as a process, unless it says otherwise", () => {
    expect(driverOf({})).toBe("raw_exec");
    expect(driverOf({ image: "acme/ml:1" })).toBe("docker");
    expect(driverOf({ driver: "docker" })).toBe("docker");
  });
});
