import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { obtainFakeGpu } from "../../../scripts/lib/fake-gpu.mjs";
import { readLaunchFile } from "../../../src/cli/launch-file.js";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { openTestHost, run } from "../../support/launch-host.js";

let agent: Agent;
let host: Host;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mfn-gpus-"));
  const hcl = `plugin_dir = "${await obtainFakeGpu()}"\nplugin "fake-gpu" {}\n`;
  agent = await startAgent({ quiet: true, hcl });
  host = openTestHost(agent.address, { placementTimeoutSeconds: 2 });
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await agent?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A task that says which devices it sees, asked for in a launch file's words. */
async function withGpu(gpu: string, script = "env | grep VISIBLE_DEVICES") {
  const file = join(folder, "task.yaml");
  await writeFile(file, `command: [sh, -c, ${JSON.stringify(script)}]\ncpu: 20\nmemory: 20\ngpu: ${gpu}\n`);
  return run(host, await readLaunchFile(file));
}

it.each([
  ["1", /^NVIDIA_VISIBLE_DEVICES=GPU-\S+\n$/],
  ["nvidia/gpu/H100:2", /^NVIDIA_VISIBLE_DEVICES=GPU-H100-[01],GPU-H100-[01]\n$/],
  ["nvidia/gpu/Tesla T4", /^NVIDIA_VISIBLE_DEVICES=GPU-Tesla-T4-0\n$/],
  ["amd/gpu", /^AMD_VISIBLE_DEVICES=GPU-MI300X-0\n$/],
  [
    '{ device: gpu, constraints: [{ attribute: "${device.attr.memory}", operator: ">", value: "100 GiB" }] }',
    /^AMD_VISIBLE/,
  ],
  ['{ device: gpu, affinities: [{ attribute: "${device.model}", value: "Tesla T4", weight: 100 }] }', /Tesla-T4/],
  ['{ affinities: [{ attribute: "${device.model}", value: "Tesla T4", weight: -100 }] }', /H100/],
])("gpu: %s shows the task its devices, by the vendor's variable", async (gpu, printed) => {
  const { outcome, printed: said } = await withGpu(gpu);
  expect(outcome, outcome.sentence).toMatchObject({ kind: "succeeded" });
  expect(said.stdout).toMatch(printed);
});

it("a device is one task's alone, and another that asks for it is told that there is none left", async () => {
  const stop = new AbortController();
  const placed = Promise.withResolvers<undefined>();
  const sink = { write: () => undefined, end: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const first = host.site().launch({
    request: await readLaunchFile(await sleeper()),
    sink,
    report: ({ kind }) => kind === "placed" && placed.resolve(undefined),
    signal: stop.signal,
  });
  await placed.promise;
  const { outcome } = await withGpu("amd/gpu");
  expect(outcome.kind).toBe("unplaced");
  expect(outcome.sentence).toMatch(/devices? exhausted|no .*device|amd\/gpu/i);
  stop.abort(new Error("enough"));
  expect((await first).kind).toBe("stopped");
});

async function sleeper(): Promise<string> {
  const file = join(folder, "sleep.yaml");
  await writeFile(file, "command: [sleep, '60']\ncpu: 20\nmemory: 20\ngpu: amd/gpu\n");
  return file;
}
