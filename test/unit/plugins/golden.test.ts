import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { draftToJob } from "../../../src/core/launch/draft-to-job.js";
import { type Parts, requestToDraft } from "../../../src/core/launch/request-to-draft.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { Site } from "../../../src/core/model/site.js";
import { createGenericDevices } from "../../../src/drivers/devices/generic.js";
import { createNvidiaDevices } from "../../../src/drivers/devices/nvidia.js";
import { createDockerDriver } from "../../../src/drivers/docker.js";
import { createExecDriver } from "../../../src/drivers/exec.js";
import { createGenericDriver } from "../../../src/drivers/generic.js";
import { createJavaDriver } from "../../../src/drivers/java.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { builtinFeatures } from "../../../src/plugins/builtin.js";
import { request, site } from "../../support/builders.js";

const folder = join(import.meta.dirname, "golden");
const drivers = [createDockerDriver(), createExecDriver(), createRawExecDriver(), createJavaDriver()];
const parts: Parts = {
  drivers: new Map(drivers.map((driver) => [driver.name, driver])),
  devices: [createNvidiaDevices(), createGenericDevices()],
  otherDriver: createGenericDriver,
};
const shared = { path: "/mnt/metaflow" };
const awkward = { PLAIN: 'a\n"b" \\ $X %{x}', RISKY: '${PATH}:/x\n"q" é', EMPTY: "" };

/** One job file per combination of driver and features; UPDATE_GOLDEN=1 writes them anew. */
const cases: Record<string, [Partial<LaunchRequest>, Partial<Site>?]> = {
  "raw_exec-bare": [{ driver: "raw_exec" }],
  "raw_exec-escapes": [{ driver: "raw_exec", argv: ["bash", "-c", "echo ${T:0:26} %{x} $${y}", "e\u0301"] }],
  "raw_exec-everything": [
    {
      driver: "raw_exec",
      jobName: "a name",
      env: awkward,
      secretEnv: { AWS_SECRET_ACCESS_KEY: "never in the job" },
      nomadEnv: { NODE: "${node.unique.name}" },
      meta: { flow: "F", step: "${start}" },
      user: "alice",
      sharedPath: "/mnt/metaflow/.metaflow",
      resources: { cpu: 100, memory: 64, memoryMax: 128, disk: 50, gpu: { count: 1, device: "nomad/file/mock" } },
      placement: {
        region: "eu",
        namespace: "ml",
        datacenters: ["dc1", "east-*"],
        nodePool: "gpu",
        priority: 70,
        constraints: [{ LTarget: "${attr.kernel.name}", Operand: "=", RTarget: "linux" }],
      },
    },
    { shared },
  ],
  "raw_exec-cores": [{ driver: "raw_exec", resources: { cores: 2, disk: 10 } }],
  "exec-shared-volume": [
    { driver: "exec", sharedPath: "/mnt/metaflow", user: "alice" },
    { shared: { ...shared, volume: "metaflow" } },
  ],
  "docker-image": [{ driver: "docker", image: "python:3.12", env: awkward }],
  "docker-gpu": [
    {
      driver: "docker",
      image: "python:3.12",
      resources: {
        gpu: { count: 2, constraints: [{ LTarget: "${device.attr.memory}", Operand: ">=", RTarget: "8 GiB" }] },
      },
    },
    { gpu: { device: "nvidia/gpu/Tesla T4" } },
  ],
  "docker-shared-bind": [{ driver: "docker", image: "python:3.12", sharedPath: "/mnt/metaflow/x" }, { shared }],
  "docker-shared-volume": [
    { driver: "docker", image: "python:3.12", sharedPath: "/mnt/metaflow/x" },
    { shared: { ...shared, volume: "metaflow" } },
  ],
  "docker-driver-config": [
    {
      driver: "docker",
      image: "python:3.12",
      driverConfig: {
        entrypoint: ["/init"],
        work_dir: "/x",
        force_pull: true,
        labels: [{ node: "${node.unique.id}" }],
      },
    },
    { drivers: { docker: { work_dir: "/site", shm_size: 1_000_000 } } },
  ],
  "docker-site-defaults": [
    { driver: "docker" },
    {
      region: "eu",
      defaults: {
        image: "site:1",
        cpu: 500,
        memory: 1024,
        disk: 150,
        namespace: "ml",
        datacenters: ["dc1"],
        nodePool: "p",
        priority: 10,
        timeoutMinutes: 5,
      },
    },
  ],
  "java-jar": [
    { driver: "java", argv: ["java", "a", "b"], driverConfig: { jar_path: "local/app.jar", jvm_options: ["-Xmx64m"] } },
  ],
  "podman-other": [{ driver: "podman", image: "python:3.12", driverConfig: { network_mode: "host", args: null } }],
};

describe("jobs as they are submitted", () => {
  it.each(Object.entries(cases))("%s", (name, [asked, siteOver]) => {
    const job = draftToJob(requestToDraft(request(asked), site(siteOver), parts), builtinFeatures);
    const file = join(folder, `${name}.json`);
    const text = `${JSON.stringify(job, null, 2)}\n`;
    mkdirSync(folder, { recursive: true });
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(file, text);
    expect(existsSync(file), `${name}.json is missing: UPDATE_GOLDEN=1 writes it`).toBe(true);
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(file, "utf8")));
    expect(text).not.toContain("never in the job");
  });

  it("leaves no golden file behind", () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(cases)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });
});
