import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PackedProject } from "../../support/client/packed.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { blocks, read } from "../../support/markdown.js";

const examples = blocks("ts").filter(({ where }) => where.startsWith("docs/client.md:"));

/** What each example must have printed at least, in order of the page. */
const printed: readonly RegExp[] = [
  /^$/,
  /^$/,
  /^(pending|complete|blocked)\n$/,
  /^1\nred true\nred\nblue\n$/,
  /JobRegistered hello|list again/,
  /^from inside\n3\none\nthree\nout 4\ntwo\n$/,
  /^NOMAD_E_API_NOT_FOUND Nomad has no job no-such-job/,
];

describe("docs/client.md", () => {
  let project: PackedProject;
  let agent: Agent;

  beforeAll(async () => {
    project = new PackedProject();
    project.write("tsconfig.json", read("test/support/client/project/tsconfig.json"));
    for (const [n, { text }] of examples.entries()) project.write(`example-${String(n)}.mts`, text);
    agent = await startAgent({ version: "1.11.0", quiet: true });
  });

  afterAll(async () => {
    await agent.stop();
    project[Symbol.dispose]();
  });

  it("has examples that compile", () => {
    expect(examples).toHaveLength(printed.length);
    expect(() => project.check()).not.toThrow();
  });

  it.each(examples.map(({ where }, n) => ({ where, n })))("runs $where", ({ n }) => {
    expect(project.run(`example-${String(n)}.mts`, { ...agent.env })).toMatch(printed[n]!);
  });
});
