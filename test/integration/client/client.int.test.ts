import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNomadClient } from "../../../src/client/index.js";
import { methodsOf } from "../../support/client/endpoints.js";
import { openPackedProject, type PackedProject } from "../../support/client/packed.js";
import { untried } from "../../support/client/untried.js";
import { type Agent, startAclAgent } from "../../support/cluster/index.mjs";
import { blocks } from "../../support/markdown.js";

const examples = blocks("ts").filter(({ where }) => /^docs\/(client|commands\/job)\.md:/.test(where));

/** What each example must print, in order of the page. */
const printed: readonly RegExp[] = [
  /^$/,
  /^$/,
  /^(pending|complete|blocked)\n$/,
  /^1\nred true\nred\nblue\n$/,
  /JobRegistered hello|list again/,
  /^from inside\n3\none\nthree\nout 4\ntwo\n$/,
  /^NOMAD_E_API_NOT_FOUND Nomad has no job no-such-job/,
  /^\+ Job count\n0\n$/,
];

/** Building, packing and installing take a while beside other work, and so do two deployments. */
const patienceMs = 400_000;

describe("metaflow-nomad/client, packed and installed in an empty project", () => {
  let project: PackedProject;
  let agent: Agent;

  beforeAll(async () => {
    project = await openPackedProject();
    project.take("test/support/client/project");
    for (const [n, { text }] of examples.entries()) project.write(`example-${String(n)}.mts`, text);
    const config = { telemetry: { prometheus_metrics: true, collection_interval: "1s" } };
    // A server that keeps its state on disk: one in memory only takes no snapshots.
    agent = await startAclAgent({ version: "1.11.0", quiet: true, dev: false, config });
  }, patienceMs);

  afterAll(async () => {
    await agent.stop();
    project[Symbol.dispose]();
  });

  it("has types that a strict project compiles with, the examples of docs/client.md and docs/commands/job.md too", () => {
    expect(examples).toHaveLength(printed.length);
    expect(() => project.check()).not.toThrow();
  });

  it.each(examples.map(({ where }, n) => ({ where, n })))("runs $where", ({ n }) => {
    expect(project.run(`example-${String(n)}.mts`, agent.env)).toMatch(printed[n]!);
  });

  it(
    "does on a real agent what each method of each family promises",
    () => {
      const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const PUBLIC_KEY = publicKey.export({ type: "spki", format: "pem" }).toString();
      const used = new Set(JSON.parse(project.run("main.mts", { ...agent.env, PUBLIC_KEY })) as string[]);
      const methods = methodsOf(createNomadClient({ env: {} }));
      expect(methods.length).toBeGreaterThan(150);
      expect(methods.filter((method) => !used.has(method)).sort()).toEqual(Object.keys(untried).sort());
    },
    patienceMs,
  );
});
