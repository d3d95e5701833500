import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readLaunchFile } from "../../../src/cli/launch-file.js";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { openTestHost, run } from "../../support/launch-host.js";

let agent: Agent;
let host: Host;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mfn-gpus-"));
  agent = await startAgent({ quiet: true, fakeGpus: true, docker: true, exec: { bare: true } });
  host = openTestHost(agent.address);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await agent?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A task that says which devices it sees, asked for in a launch file's words. */
async function withGpu(gpu: string, { script = "env | grep VISIBLE_DEVICES", on = host, more = "" } = {}) {
  return run(on, await readLaunchFile(await writeTask(script, `gpu: ${gpu}\n${more}`)));
}

async function writeTask(script: string, more: string): Promise<string> {
  const file = join(folder, "task.yaml");
  await writeFile(file, `command: [sh, -c, ${JSON.stringify(script)}]\ncpu: 20\nmemory: 20\n${more}`);
  return file;
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

const docker = `driver: docker\nimage: ${JSON.stringify(TEST_IMAGE)}\n`;

it.each([
  ["docker", docker],
  ["exec", "driver: exec\n"],
])("a device's node and its mount reach a task of %s, and only one that has the device", async (_driver, more) => {
  const script = "test -c /dev/kfd && echo hidden > /dev/kfd && head -c 5 /opt/rocm/info && ! echo x >> /opt/rocm/info";
  const { outcome, printed } = await withGpu("amd/gpu", { script, more });
  expect(outcome, printed.stderr).toMatchObject({ kind: "succeeded" });
  expect(printed.stdout).toBe("root:");
  const other = await writeTask("test ! -e /dev/kfd && test ! -e /opt/rocm/info", more);
  const without = await run(host, await readLaunchFile(other));
  expect(without.outcome, without.printed.stderr).toMatchObject({ kind: "succeeded" });
});

it("an NVIDIA device in docker needs NVIDIA's runtime: a node without it says so", async () => {
  const { outcome } = await withGpu("1", { more: docker });
  expect(outcome).toMatchObject({ kind: "driver-failed", retriable: true });
  expect(outcome.sentence).toContain("its docker no runtime nvidia");
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
  await using impatient = openTestHost(agent.address, { placementTimeoutSeconds: 2 });
  const { outcome } = await withGpu("amd/gpu", { on: impatient });
  expect(outcome.kind).toBe("unplaced");
  expect(outcome.sentence).toContain("No node can run the task: 1 x amd/gpu not free on 1 node.");
  stop.abort(new Error("enough"));
  expect((await first).kind).toBe("stopped");
});

async function sleeper(): Promise<string> {
  const file = join(folder, "sleep.yaml");
  await writeFile(file, "command: [sleep, '60']\ncpu: 20\nmemory: 20\ngpu: amd/gpu\n");
  return file;
}
