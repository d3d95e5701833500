import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskDriver } from "../../../src/core/contracts/task-driver.js";
import { createDockerDriver } from "../../../src/drivers/docker.js";
import { createExecDriver } from "../../../src/drivers/exec.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { request } from "../../support/builders.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { runJob } from "./run-job.js";

const sh = (script: string) => ["/bin/sh", "-c", script];
const docker = { driver: "docker", image: TEST_IMAGE };

describe.each(["1.11.0", "1.7.7"])("drivers and features on Nomad %s", (version) => {
  let agent: Agent;
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "mfn-drivers-"));
    await chmod(root, 0o755);
    await mkdir(join(root, "shared"));
    await chmod(join(root, "shared"), 0o777);
    await mkdir(join(root, "devices"));
    for (const name of ["one", "two"]) await writeFile(join(root, "devices", name), "");
    agent = await startAgent({
      version,
      exec: true,
      docker: { config: { volumes: { enabled: true } } },
      hostVolumes: { metaflow: join(root, "shared") },
      devices: { dir: join(root, "devices") },
      meta: { rack: "r1" },
      quiet: true,
    });
    // raw_exec starts a task in its own directory, as its user: the way there must be open.
    for (const folder of [agent.dir, join(agent.dir, "data")]) await chmod(folder, 0o711);
  });
  afterAll(async () => {
    await agent?.stop();
    await rm(root, { recursive: true, force: true });
  });

  it("takes every feature at once, and keeps what it was told", async () => {
    const constraints = [
      { LTarget: "${attr.kernel.name}", Operand: "=", RTarget: "linux" },
      { LTarget: "${meta.rack}", Operand: "regexp", RTarget: "^r[0-9]$" },
      { LTarget: "${attr.nomad.version}", Operand: "version", RTarget: ">= 1.7.7" },
      { LTarget: "${meta.rack}", Operand: "is_set" },
      { LTarget: "${meta.rack}", Operand: "set_contains_any", RTarget: "r1,r2" },
    ];
    const ran = await runJob(agent, {
      driver: "raw_exec",
      argv: sh("echo $NOMAD_META_flow $NOMAD_MEMORY_LIMIT $NOMAD_MEMORY_MAX_LIMIT $NOMAD_CPU_LIMIT; id -un"),
      meta: { flow: "F${x}" },
      user: "nobody",
      resources: { cpu: 60, memory: 32, disk: 50 },
      placement: {
        datacenters: ["dc*"],
        namespace: "default",
        nodePool: "default",
        region: "global",
        priority: 70,
        constraints,
      },
    });
    expect(ran.status, ran.why).toBe("complete");
    expect(ran.stdout).toBe("F${x} 32 60\nnobody\n");
    const stored = await agent.api(`/v1/job/${ran.job.ID}`);
    expect(stored).toMatchObject({
      Datacenters: ["dc*"],
      NodePool: "default",
      Priority: 70,
      Meta: { flow: "F${x}" },
      TaskGroups: [
        {
          RestartPolicy: { Attempts: 0 },
          ReschedulePolicy: { Attempts: 0, Unlimited: false },
          EphemeralDisk: { SizeMB: 50 },
          Tasks: [
            {
              KillTimeout: 2_000_000_000,
              KillSignal: "SIGINT",
              User: "nobody",
              LogConfig: { MaxFiles: 4, MaxFileSizeMB: 6 },
            },
          ],
        },
      ],
    });
    const [group] = stored.TaskGroups as [{ Disconnect?: { Replace?: boolean }; PreventRescheduleOnLost?: boolean }];
    expect(version === "1.7.7" ? group.PreventRescheduleOnLost : group.Disconnect?.Replace).toBe(version === "1.7.7");
  });

  it.each([10, 11, 24, 100, 101, 300])("takes a disk of %i MB", async (disk) => {
    const ran = await runJob(agent, {
      driver: "raw_exec",
      argv: sh("echo ok"),
      resources: { cpu: 20, memory: 16, disk },
    });
    expect(ran.stdout).toBe("ok\n");
  });

  it.each([
    ["raw_exec", { driver: "raw_exec" }, undefined],
    ["exec, by a host volume", { driver: "exec" }, "metaflow"],
    ["docker, by a host volume", docker, "metaflow"],
    ["docker, by a bind mount", docker, undefined],
    [
      "docker, by a bind mount beside the user's own",
      { ...docker, driverConfig: { mount: [{ type: "tmpfs", target: "/t" }] } },
      undefined,
    ],
  ])("shares storage with %s", async (name, over, volume) => {
    const path = join(root, "shared");
    const shared = { path, ...(volume !== undefined && { volume }) };
    const file = join(path, `${name.replace(/\W+/g, "-")}-${version}`);
    const ran = await runJob(
      agent,
      { ...over, argv: sh(`echo seen > '${file}'; cat '${file}'`), sharedPath: path },
      { shared },
    );
    expect(ran.stdout, ran.stderr).toBe("seen\n");
    expect(await readFile(file, "utf8")).toBe("seen\n");
  });

  it("runs exec as the node's user on shared storage, and as nobody without one", async () => {
    const shared = { path: join(root, "shared"), volume: "metaflow" };
    const file = join(shared.path, "who");
    const asked = {
      driver: "exec",
      argv: sh(`umask 077; id -un; echo x > '${file}'; rm -f '${file}'`),
      sharedPath: shared.path,
    };
    expect((await runJob(agent, asked, { shared })).stdout).toBe("nobody\n");
    expect((await runJob(agent, { ...asked, user: "daemon" }, { shared })).stdout).toBe("daemon\n");
  });

  it("hands driver_config to docker: entrypoint, work_dir, interpolation", async () => {
    const driverConfig = {
      work_dir: "/usr/lib",
      labels: [{ "acme.node": "${node.unique.id}" }],
      hostname: "h-${NOMAD_ALLOC_INDEX}",
    };
    const ran = await runJob(agent, { ...docker, argv: sh("pwd; hostname"), driverConfig });
    expect(ran.stdout, ran.why).toBe("/usr/lib\nh-0\n");
    const entry = await runJob(agent, {
      ...docker,
      argv: ["sh", "-c", "echo via env"],
      driverConfig: { entrypoint: ["/usr/bin/env", "A=b"] },
    });
    expect(entry.stdout).toBe("via env\n");
  });

  it.each(["raw_exec", "exec", "docker"])("gives a device to %s", async (driver) => {
    const gpu = { count: 1, device: "nomad/file/mock" };
    const ran = await runJob(agent, {
      ...docker,
      driver,
      argv: sh("echo got"),
      resources: { cpu: 20, memory: 64, gpu },
    });
    expect(ran.stdout, ran.why).toBe("got\n");
    expect(JSON.stringify(ran.allocation.AllocatedResources)).toContain('"Vendor":"nomad"');
  });

  it("runs a driver it knows nothing of, by driver_config alone", async () => {
    const driverConfig = { command: null, args: null, run_for: "10ms", stdout_string: "mocked" };
    const ran = await runJob(agent, { driver: "mock_driver", driverConfig });
    expect(ran.status, ran.why).toBe("complete");
  });

  it.each<[TaskDriver, object, string]>([
    [createRawExecDriver(), { argv: ["/no/such"] }, "The command /no/such does not exist on the node."],
    [createRawExecDriver(), { argv: ["/etc/passwd"] }, "could not be started"],
    [createRawExecDriver(), { user: "nosuchuser" }, "The node has no user nosuchuser."],
    [createRawExecDriver(), { driverConfig: { flavour: "x" } }, "knows no option flavour"],
    [createRawExecDriver(), { driverConfig: { args: ["${nope.x}"] } }, "names a variable Nomad does not have"],
    [createRawExecDriver(), { driverConfig: { args: 7 } }, "refused its configuration"],
    [createExecDriver(), { argv: ["nosuchcmd"] }, "The command nosuchcmd does not exist in the task's file system"],
    [createExecDriver(), { user: "root" }, "The node allows no task to run as root."],
    [
      createDockerDriver(),
      { argv: ["nosuchcmd"], image: TEST_IMAGE },
      "The command nosuchcmd does not exist in the image",
    ],
    [createDockerDriver(), { user: "nosuchuser", image: TEST_IMAGE }, "The image has no user nosuchuser."],
    [
      createDockerDriver(),
      { image: "127.0.0.1:9/no/such:1" },
      "The registry of the image 127.0.0.1:9/no/such:1 cannot be reached",
    ],
  ])("lets the driver explain a failure (%#)", async (driver, asked, sentence) => {
    const ran = await runJob(agent, { driver: driver.name, argv: ["echo"], ...asked });
    expect(ran.status).toBe("failed");
    expect(driver.explain?.(ran.events, request()), ran.why).toMatchObject({
      sentence: expect.stringContaining(sentence) as string,
    });
  });
});
