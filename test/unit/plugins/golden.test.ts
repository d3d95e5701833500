import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { Site } from "../../../src/core/model/site.js";
import { composeJob } from "../../support/compose.js";

const folder = join(import.meta.dirname, "golden");
const shared = { path: "/mnt/metaflow" };
const packageCache = { path: "/var/cache/metaflow", keepDays: 3 };
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
  "docker-gpu-amd": [
    {
      driver: "docker",
      image: "rocm/pytorch",
      resources: {
        gpu: {
          count: 1,
          device: "amd/gpu/MI300X",
          affinities: [{ LTarget: "${device.attr.memory}", Operand: ">=", RTarget: "128 GiB", Weight: 70 }],
        },
      },
    },
  ],
  "docker-shared-bind": [{ driver: "docker", image: "python:3.12", sharedPath: "/mnt/metaflow/x" }, { shared }],
  "docker-package-cache": [{ driver: "docker", image: "python:3.12", packageCache: true }, { packageCache }],
  "exec-package-cache-volume": [
    { driver: "exec", packageCache: true },
    { packageCache: { ...packageCache, volume: "packages" } },
  ],
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
  "raw_exec-policies": [
    {
      driver: "raw_exec",
      blocks: {
        restart: { attempts: 2, interval: "5m", delay: "1s", mode: "fail", render_templates: true },
        reschedule: { attempts: 3, interval: "1h", delay: "5s", delay_function: "exponential", max_delay: "60s" },
        disconnect: { lost_after: "10m", reconcile: "keep_original" },
        max_run_duration: "90m",
      },
    },
  ],
  "raw_exec-policies-short": [
    {
      driver: "raw_exec",
      blocks: {
        restart: 2,
        reschedule: { unlimited: true },
        disconnect: { replace: true, stop_on_client_after: "1m" },
      },
    },
  ],
  "raw_exec-placement-blocks": [
    {
      driver: "raw_exec",
      blocks: {
        affinities: [
          { attribute: "${node.class}", value: "gpu", weight: -20 },
          { LTarget: "${attr.cpu.arch}", RTarget: "amd64", Operand: "!=", Weight: 70 },
        ],
        spreads: [
          { attribute: "${node.datacenter}", weight: 80, targets: { dc1: 70, dc2: 30 } },
          { Attribute: "${meta.rack}", target: [{ value: "r1", percent: 100 }] },
          "${node.unique.id}",
        ],
      },
    },
  ],
  "raw_exec-files": [
    {
      driver: "raw_exec",
      resources: { disk: 150 },
      blocks: {
        artifacts: [
          "https://example.com/a.tar.gz",
          {
            source: "https://example.com/b",
            destination: "local/b",
            mode: "file",
            options: { checksum: "md5:x" },
            headers: { "X-A": "b" },
            insecure: true,
            chown: true,
          },
        ],
        templates: [
          { data: "A=1\n", env: true },
          {
            source: "local/b",
            destination: "local/c",
            perms: "0640",
            uid: 1,
            gid: 2,
            left_delimiter: "[[",
            right_delimiter: "]]",
          },
          { data: "x", destination: "local/d", change_signal: "SIGHUP", splay: "1s", wait: { min: "1s", max: "2s" } },
          {
            data: "x",
            destination: "local/e",
            change_script: { command: "/bin/true", args: ["a"], timeout: "3s" },
            once: true,
          },
        ],
        logs: { max_files: 3, max_file_size: 20 },
      },
    },
  ],
  "exec-volumes": [
    {
      driver: "exec",
      sharedPath: "/mnt/metaflow",
      blocks: {
        volumes: {
          data: "/data",
          models: "model-store:/models:ro",
          scratch: {
            destination: "/scratch",
            sticky: true,
            access_mode: "single-node-writer",
            attachment_mode: "file-system",
          },
          block: {
            type: "csi",
            source: "vol-1",
            destination: "/csi",
            access_mode: "multi-node-reader-only",
            read_only: true,
            per_alloc: true,
            mount_options: { fs_type: "ext4", mount_flags: ["noatime"] },
            propagation_mode: "private",
          },
        },
      },
    },
    { shared: { ...shared, volume: "metaflow" } },
  ],
  "docker-volumes": [
    {
      driver: "docker",
      image: "python:3.12",
      sharedPath: "/mnt/metaflow",
      driverConfig: { mount: { type: "tmpfs", target: "/t" }, volumes: ["/a:/a"] },
      blocks: {
        volumes: {
          cache: { type: "docker", destination: "/cache" },
          tools: { type: "docker", source: "/opt/tools", destination: "/tools", read_only: true },
          data: "/data",
        },
        shared_memory: 256,
      },
    },
    { shared: { ...shared, volume: "metaflow" } },
  ],
  "podman-other": [{ driver: "podman", image: "python:3.12", driverConfig: { network_mode: "host", args: null } }],
  "docker-wired": [
    {
      driver: "docker",
      image: "python:3.12",
      blocks: {
        network: { mode: "bridge", hostname: "n1", dns: { servers: "10.0.0.2" }, cni: { args: { a: "b" } } },
        ports: { http: { to: 8080 }, debug: null, admin: 9000 },
        services: [
          { name: "web", port: "http", tags: "a", check: { type: "http", path: "/", header: { X: ["1"] } } },
          { name: "db", provider: "consul", port: 5432, checks: [{ type: "grpc", interval: "5s" }] },
        ],
      },
    },
  ],
  "raw_exec-secrets": [
    {
      driver: "raw_exec",
      secrets: { HERE: "env:HOME", N: 'nomad:nomad/jobs#a "key"', V: "vault:secret/app#key" },
      secretEnv: { HERE: "never in the job" },
      blocks: {
        vault: "reader",
        consul: { namespace: "ml", partition: "p" },
        identity: [true, { name: "aws", aud: "sts", ttl: "1h", filepath: "local/token" }],
      },
    },
  ],
  "docker-around": [
    {
      driver: "docker",
      image: "python:3.12",
      env: { STEP: "only" },
      resources: { disk: 50 },
      blocks: {
        prestart: { name: "fetch", command: ["sh", "-c", "echo ${T:0:2} %{x}"], env: awkward, memory: 64 },
        sidecars: [
          { image: "redis:7", cpu: 50, memory: 32 },
          { driver: "raw_exec", config: { command: "${NOMAD_TASK_DIR}/x", args: ["a"] }, cores: 1, user: "alice" },
        ],
        poststart: { command: ["true"], shutdown_delay: "1s", kill_timeout: "9s", meta: { a: "b" } },
        poststop: {
          command: ["true"],
          templates: { data: "x", destination: "local/x" },
          artifacts: "https://example.org/a.tgz",
          volume_mounts: { volume: "data", destination: "/data", read_only: true },
        },
      },
    },
  ],
  "raw_exec-raw": [
    {
      driver: "raw_exec",
      meta: { gone: "x", kept: "y" },
      blocks: {
        raw: {
          task: { Env: { A: "b" }, KillSignal: null, Config: { args: ["other"] } },
          group: { EphemeralDisk: { Sticky: true }, Disconnect: { LostAfter: 5 } },
          job: { Meta: { gone: null }, Datacenters: ["dc9"] },
        },
      },
    },
  ],
};

describe("jobs as they are submitted", () => {
  it.each(Object.entries(cases))("%s", (name, [asked, siteOver]) => {
    const job = composeJob(asked, siteOver);
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
