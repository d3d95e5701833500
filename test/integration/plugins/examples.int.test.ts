import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readLaunchFile } from "../../../src/cli/launch-file.js";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { openTestHost, run } from "../../support/launch-host.js";
import { read } from "../../support/markdown.js";

let agent: Agent;
let host: Host;
let root: string;
let server: Server;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "mfn-examples-"));
  await chmod(root, 0o755);
  for (const name of ["models", "data"]) {
    await mkdir(join(root, name));
    await chmod(join(root, name), 0o777);
    await writeFile(join(root, name, "hello"), "hello\n");
  }
  server = createServer((_asked, answer) => answer.end("hello\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hostVolumes = { models: { path: join(root, "models"), readOnly: true }, data: join(root, "data") };
  const meta = { rack: "r1" };
  agent = await startAgent({ exec: true, docker: true, hostVolumes, meta, nodeClass: "fast", quiet: true });
  host = openTestHost(agent.address);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await agent?.stop();
  server?.close();
  await rm(root, { recursive: true, force: true });
});

/** A page's example by its name, as a user would save it; what no test machine has is put in its place. */
async function launchExample(page: string, name: string) {
  const found = new RegExp(`^\`\`\`yaml\\n(# ${name}\\n[\\s\\S]*?)^\`\`\`$`, "m").exec(read(`docs/attributes/${page}`));
  const { port } = server.address() as AddressInfo;
  const text = (found?.[1] ?? "")
    .replaceAll("https://files.example.org", `http://127.0.0.1:${String(port)}`)
    .replace("python:3.12", TEST_IMAGE);
  const file = join(root, name);
  await writeFile(file, text);
  return run(host, await readLaunchFile(file));
}

it.each<[page: string, name: string, printed: RegExp]>([
  ["placement.md", "prefer.yaml", /^on dc1\n$/],
  ["storage.md", "volumes.yaml", /^hello\n$/],
  ["storage.md", "docker-volumes.yaml", / 128 /],
  ["storage.md", "files.yaml", /^hello\nnode = test-\d+\nglobal\n$/],
  ["storage.md", "quiet.yaml", /^hello\n$/],
  ["lifecycle.md", "patient.yaml", /^working\n$/],
  ["lifecycle.md", "stubborn.yaml", /^failing\ndone\n$/],
  ["lifecycle.md", "wandering.yaml", /^allocation [-0-9a-f]{36}\n$/],
])("%s: %s runs as it stands there", async (page, name, printed) => {
  const { outcome, printed: said } = await launchExample(page, name);
  expect(outcome, outcome.sentence).toMatchObject({ kind: "succeeded" });
  expect(said.stdout).toMatch(printed);
});

it("prefers and spreads by the scores of Nomad's own scheduler", async () => {
  const { outcome } = await launchExample("placement.md", "prefer.yaml");
  const { Metrics } = await agent.api(`/v1/allocation/${outcome.allocationId ?? ""}`);
  const [{ Scores }] = Metrics.ScoreMetaData as [{ Scores: Record<string, number> }];
  // 80 for the class, -10 for the rack, of 90 in all.
  expect(Scores["node-affinity"]).toBeCloseTo(70 / 90, 5);
  expect(Scores["allocation-spread"]).not.toBe(0);
  expect(Scores).toHaveProperty("allocation-spread");
});
