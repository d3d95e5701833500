import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNomadClient } from "../../../src/client/index.js";
import { methodsOf } from "../../support/client/endpoints.js";
import { PackedProject } from "../../support/client/packed.js";
import { untried } from "../../support/client/untried.js";
import { type Agent, startAclAgent } from "../../support/cluster/index.mjs";

describe("metaflow-nomad/client, packed and installed in an empty project", () => {
  let project: PackedProject;
  let agent: Agent;

  beforeAll(async () => {
    project = new PackedProject();
    project.take("test/support/client/project");
    const config = { telemetry: { prometheus_metrics: true, collection_interval: "1s" } };
    agent = await startAclAgent({ version: "1.11.0", quiet: true, dev: false, config });
  });

  afterAll(async () => {
    await agent.stop();
    project[Symbol.dispose]();
  });

  it("has types that a strict project compiles with", () => {
    expect(() => project.check()).not.toThrow();
  });

  it("does on a real agent what each family promises", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const PUBLIC_KEY = publicKey.export({ type: "spki", format: "pem" }).toString();
    const used = new Set(JSON.parse(project.run("main.mts", { ...agent.env, PUBLIC_KEY })) as string[]);
    const methods = methodsOf(createNomadClient({ env: {} }));
    expect(methods.length).toBeGreaterThan(150);
    expect(methods.filter((method) => !used.has(method)).sort()).toEqual(Object.keys(untried).sort());
  });
});
