import { describe, expect, it } from "vitest";
import type { FeatureContext, LaunchFeature } from "../../../src/core/contracts/feature.js";
import { refusedForBothReplaceFields, withoutPreventReschedule } from "../../../src/core/launch/prevent-reschedule.js";
import type { Job } from "../../../src/core/model/job.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { Site } from "../../../src/core/model/site.js";
import { builtinFeatures } from "../../../src/plugins/builtin.js";
import { featureContext, request, site } from "../../support/builders.js";

const isolated = { image: "none", filesystem: "isolated", devices: true, nodeUsers: true } as const;

function bare(ID = "job"): Job {
  const group = {
    Name: "main",
    Count: 1,
    RestartPolicy: { Attempts: 3, Mode: "fail" },
    ReschedulePolicy: { Attempts: 1, Unlimited: true },
  } as const;
  const Tasks = [{ Name: "main", Driver: "exec", Config: {}, Resources: { MemoryMB: 1 } }] as const;
  return { ID, Name: ID, Type: "batch", Namespace: "default", TaskGroups: [{ ...group, Tasks }] };
}

function feature(name: string): LaunchFeature {
  const found = builtinFeatures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no feature ${name}`);
  return found;
}

const apply = (name: string, asked: Partial<LaunchRequest>, siteOver: Partial<Site> = {}, job = bare()): Job =>
  feature(name).contribute(
    job,
    featureContext({ request: request(asked), site: site(siteOver), capabilities: isolated }),
  );
const task = (job: Job) => job.TaskGroups[0].Tasks[0];

/** Each refusal names the thing and the cure. */
describe("what is refused before submission", () => {
  const shared = { path: "/mnt/m" };
  it.each<[string, Partial<LaunchRequest>, string, string, Partial<Site>?]>([
    ["resources", { resources: { memory: -1 } }, "memory: -1", "at least 10"],
    ["resources", { resources: { memory: 1e12 } }, "memory: 1000000000000", "MB"],
    ["resources", { resources: { memory: Number.NaN } }, "memory: NaN", "MB"],
    ["resources", { resources: { cpu: 0 } }, "cpu: 0", "MHz"],
    ["resources", { resources: { cpu: 1.5 } }, "cpu: 1.5", "whole number"],
    ["resources", { resources: { cpu: 1, cores: 1 } }, "cpu and cores", "cores="],
    ["resources", { resources: { cores: 0.5 } }, "cores: 0.5", "whole"],
    ["resources", { resources: { memory: 100, memoryMax: 50 } }, "memory_max: 50 MB is below", "at least as large"],
    ["disk", { resources: { disk: 5 } }, "disk: 5", "at least 10"],
    ["placement", { placement: { namespace: "a b" } }, 'namespace "a b"', "letters"],
    ["placement", { placement: { namespace: "*" } }, 'namespace "*"', "no *"],
    ["placement", { placement: { datacenters: [] } }, "datacenters: the list is empty", "dc1"],
    ["placement", { placement: { datacenters: ["a b"] } }, '"a b" is no name', "spaces"],
    ["placement", { placement: { nodePool: "a.b" } }, 'node_pool "a.b"', "letters"],
    ["placement", { placement: { priority: 0 } }, "priority: 0", "1 to 100"],
    ["placement", { placement: { region: "" } }, "region", "name"],
    [
      "constraints",
      { placement: { constraints: [{ Operand: "=", LTarget: "arch", RTarget: "arm64" }] } },
      'constraint 1: "arch"',
      "${arch}",
    ],
    ["environment", { env: { "": "x" } }, 'env ""', "letters"],
    ["environment", { env: { "A=B": "x" } }, 'env "A=B"', "letters"],
    ["environment", { env: { A: "x\0" } }, "env A: it contains a NUL", "Remove"],
    ["environment", { env: { A: "x".repeat(131_071) } }, "env A: it is longer", "file"],
    [
      "environment",
      { env: { "A-B": "${PATH}" } },
      'env "A-B": a value with ${…} reaches the task through a template',
      "Name it",
    ],
    ["environment", { env: { A: `\${PATH}${"x".repeat(65_536)}` } }, "env A", "in pieces"],
    ["environment", { nomadEnv: { "": "x" } }, 'env ""', "letters"],
    ["secret-environment", { secretEnv: { "A-B": "x" } }, 'env "A-B": a secret reaches', "Name it"],
    ["secret-environment", { secretEnv: { A: "x".repeat(60_000), B: "x".repeat(60_000) } }, "120002 bytes", "Fetch"],
    ["secret-environment", { secretEnv: { A: "<".repeat(12_000) } }, "env A", "in pieces"],
    ["meta", { meta: { "": "x" } }, "meta", "Name it"],
    ["meta", { meta: { a: "\0" } }, "meta a", "Remove"],
    ["user", { user: "1000" }, "user 1000", "name"],
    ["user", { user: "1000:1000" }, "user 1000:1000", "name"],
    ["user", { user: "${x}" }, "user", "node"],
    ["shared-storage", { sharedPath: "/mnt/m" }, "/mnt/m is not on storage", "shared.path"],
    ["shared-storage", { sharedPath: "/mnt/mother" }, "/mnt/mother is not on storage", "shared.path", { shared }],
    ["shared-storage", { sharedPath: "/mnt/m/../x" }, "/mnt/m/../x is not on storage", "shared.path", { shared }],
    [
      "shared-storage",
      { sharedPath: "/mnt/m/x" },
      "tasks of the driver exec do not see /mnt/m",
      "shared.volume",
      { shared },
    ],
    [
      "shared-storage",
      { sharedPath: "/mnt/${m}" },
      "shared.path",
      "without them",
      { shared: { path: "/mnt/${m}", volume: "v" } },
    ],
  ])("%s: %#", (name, asked, problem, cure, siteOver) => {
    expect(() => apply(name, asked, siteOver)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^NOMAD_E_REQUEST_/) as string,
        message: expect.stringContaining(problem) as string,
        hint: expect.stringContaining(cure) as string,
      }),
    );
  });

  it.each(["a.b", "é", "x".repeat(118)])("secrets of the job ID %j, for which Nomad has no variable", (id) => {
    expect(() => apply("secret-environment", { secretEnv: { A: "x" } }, {}, bare(id))).toThrow(
      "also accepts as a variable's path",
    );
  });
});

describe("environment", () => {
  it("sends only what Nomad might replace through a template", () => {
    const env = { A: "${PATH}", B: "$PATH ${a b} ${} $${", C: "x${node.unique.id}y", "odd name": "v" };
    const made = task(apply("environment", { env }));
    expect(made.Env).toEqual({ B: env.B, "odd name": "v" });
    expect(made.Templates?.map(({ EmbeddedTmpl }) => EmbeddedTmpl)).toEqual(['A="${PATH}"\nC="x${node.unique.id}y"\n']);
  });

  it("picks delimiters that the values do not hold", () => {
    const env = { A: "${x} <<metaflow-nomad:0<< boom >>metaflow-nomad:0>>" };
    expect(task(apply("environment", { env })).Templates?.[0]).toMatchObject({
      LeftDelim: "<<metaflow-nomad:1<<",
      RightDelim: ">>metaflow-nomad:1>>",
    });
  });

  it("leaves what is asked of Nomad to Nomad", () => {
    expect(task(apply("environment", { env: { A: "${x}" }, nomadEnv: { N: "${node.class}" } })).Env).toEqual({
      N: "${node.class}",
    });
  });
});

describe("disk and logs", () => {
  it.each([10, 11, 20, 50, 100, 101, 150, 200])("%i MB hold the log files", (size) => {
    const job = apply("disk", { resources: { disk: size } });
    const { MaxFiles = 0, MaxFileSizeMB = 0 } = task(job).LogConfig ?? {};
    expect(job.TaskGroups[0].EphemeralDisk).toEqual({ SizeMB: size });
    expect(MaxFiles).toBeGreaterThanOrEqual(2);
    expect(MaxFileSizeMB).toBeGreaterThanOrEqual(1);
    expect(MaxFiles * MaxFileSizeMB).toBeLessThan(size);
    if (size > 24) expect(MaxFiles * MaxFileSizeMB).toBeGreaterThanOrEqual(20);
  });

  it("stay Nomad's own where the disk is large, or not asked for", () => {
    expect(task(apply("disk", { resources: { disk: 201 } }))).not.toHaveProperty("LogConfig");
    expect(apply("disk", {})).toEqual(bare());
  });
});

describe("run-once", () => {
  it("says in every way Nomad has had that the job runs once", () => {
    const job = apply("run-once", {});
    expect(job.TaskGroups[0]).toMatchObject({
      RestartPolicy: { Attempts: 0 },
      ReschedulePolicy: { Attempts: 0, Unlimited: false },
      Disconnect: { Replace: false, LostAfter: 120_000_000_000 },
      PreventRescheduleOnLost: true,
    });
    const older = withoutPreventReschedule(job);
    expect(older.TaskGroups[0]).not.toHaveProperty("PreventRescheduleOnLost");
    expect(older.TaskGroups[0]).toMatchObject({ Disconnect: { Replace: false, LostAfter: 120_000_000_000 } });
    expect(
      refusedForBothReplaceFields("1 error occurred: using both prevent_reschedule_on_lost and replace is not allowed"),
    ).toBe(true);
    expect(refusedForBothReplaceFields("missing task driver")).toBe(false);
  });
});

describe("shared storage", () => {
  it("needs nothing where the task sees the node's files, or the driver binds them", () => {
    const asked = { request: request({ sharedPath: "/mnt/m" }), site: site({ shared: { path: "/mnt/m/" } }) };
    for (const capabilities of [
      { ...isolated, filesystem: "host" },
      { ...isolated, hostPaths: true },
    ] as const) {
      expect(feature("shared-storage").contribute(bare(), featureContext({ ...asked, capabilities }))).toEqual(bare());
    }
  });
});

describe("the package cache of a site", () => {
  const packageCache = { path: "/var/cache/metaflow" };
  const under = (
    capabilities: Partial<FeatureContext["capabilities"]>,
    asked: Partial<LaunchRequest>,
    over: Partial<Site>,
  ) =>
    task(
      feature("package-cache").contribute(
        bare(),
        featureContext({ request: request(asked), site: site(over), capabilities: { ...isolated, ...capabilities } }),
      ),
    );
  const told = { METAFLOW_NOMAD_PACKAGE_CACHE: "/var/cache/metaflow", METAFLOW_NOMAD_PACKAGE_CACHE_DAYS: "14" };

  it("is told of to tasks that fetch a package, where their driver sees the node's files or binds them", () => {
    for (const capabilities of [{ filesystem: "host" }, { hostPaths: true }] as const)
      expect(under(capabilities, { packageCache: true }, { packageCache }).Env).toEqual(told);
    expect(
      under({ filesystem: "host" }, { packageCache: true }, { packageCache: { ...packageCache, keepDays: 2 } }).Env,
    ).toEqual({ ...told, METAFLOW_NOMAD_PACKAGE_CACHE_DAYS: "2" });
  });

  it("is no business of other tasks, other sites, and drivers that see nothing of it", () => {
    expect(under({ filesystem: "host" }, {}, { packageCache })).toEqual(task(bare()));
    expect(under({ filesystem: "host" }, { packageCache: true }, {})).toEqual(task(bare()));
    expect(under({}, { packageCache: true }, { packageCache })).toEqual(task(bare()));
  });
});
