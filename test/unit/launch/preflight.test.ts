import { describe, expect, it } from "vitest";
import { NodeSizes } from "../../../src/core/launch/node-sizes.js";
import { preflight } from "../../../src/core/launch/preflight.js";
import { ServerVersion } from "../../../src/core/launch/server-version.js";
import type { AllocMetric } from "../../../src/core/model/evaluation.js";
import type { JsonObject } from "../../../src/core/model/json.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { composeJob } from "../../support/compose.js";
import { fakeTransport } from "../../support/fake-transport.js";

interface Cluster {
  readonly version?: string;
  readonly metric?: AllocMetric;
  /** Host volumes of the one node; undefined where the token may not list nodes. */
  readonly volumes?: readonly string[];
  readonly memoryMb?: number;
  readonly placementTimeoutSeconds?: number;
  /** Whether the task has @catch. */
  readonly optional?: boolean;
}

/** Tries a job on a cluster that answers so. */
function tried(blocks: JsonObject, { version = "1.11.0", metric, volumes, memoryMb = 4_000, ...wait }: Cluster) {
  const transport = fakeTransport({
    request: ({ path }) => {
      if (path === "/agent/self") return { config: { Version: { Version: version } } };
      if (path.endsWith("/plan")) return { FailedTGAllocs: metric === undefined ? null : { main: metric } };
      if (volumes === undefined) throw new Error("Permission denied");
      const NodeResources = { Cpu: { CpuShares: 4_000 }, Memory: { MemoryMB: memoryMb }, Disk: { DiskMB: 4_000 } };
      return [{ NodeResources, HostVolumes: Object.fromEntries(volumes.map((name) => [name, {}])) }];
    },
  });
  const clock = new ManualClock();
  const parts = { transport, nodes: new NodeSizes(transport, clock), version: new ServerVersion(transport, clock) };
  const { optional = false, ...site } = { name: "lab", ...wait };
  return preflight(composeJob({ driver: "exec", blocks }), { ...parts, site }, AbortSignal.any([]), { optional });
}

const lacking = (more: AllocMetric = {}) => ({
  NodesEvaluated: 2,
  ConstraintFiltered: { "missing compatible host volumes": 1 },
  ...more,
});
const data = { volumes: { data: "stuff:/data" } };

describe("a dry run", () => {
  it("refuses a Nomad that is too old", async () => {
    await expect(tried({}, { version: "1.7.6" })).rejects.toMatchObject({ code: "NOMAD_E_API_VERSION" });
    await expect(tried({}, { version: "1.7.7" })).resolves.toEqual({ version: "1.7.7", warnings: [] });
  });

  it("refuses what this Nomad does not have", async () => {
    await expect(tried({ max_run_duration: 60 }, {})).rejects.toMatchObject({ code: "NOMAD_E_REQUEST_VERSION" });
  });

  it.each<[string, Cluster, string, string]>([
    ["near", { metric: lacking(), volumes: ["stuf"] }, "volumes.data: no node has a host volume stuff", "mean stuf?"],
    ["far", { metric: lacking(), volumes: ["models"] }, "no node has a host volume stuff", "The nodes have models"],
    ["none", { metric: lacking(), volumes: [] }, "no node has a host volume stuff", "No node has any"],
    ["there, not so", { metric: lacking(), volumes: ["stuff"] }, "stuff as it is asked for", "may be written"],
    ["nodes unknown", { metric: lacking() }, "volumes.data: no node has the host volume stuff as", "its namespace"],
  ])("refuses a host volume that no node has (%s)", async (_case, cluster, problem, cure) => {
    await expect(tried(data, cluster)).rejects.toMatchObject({
      code: "NOMAD_E_REQUEST_INVALID",
      message: expect.stringContaining(problem) as string,
      hint: expect.stringContaining(cure) as string,
    });
  });

  it("refuses it also where Nomad has looked at one node of several that are alike", async () => {
    const ConstraintFiltered = { "missing compatible host volumes": 1, "computed class ineligible": 1 };
    await expect(tried(data, { metric: lacking({ ConstraintFiltered }), volumes: ["stuff"] })).rejects.toMatchObject({
      code: "NOMAD_E_REQUEST_INVALID",
    });
  });

  it("refuses a CSI volume that Nomad does not have", async () => {
    const volumes = { disk: { type: "csi", source: "ebs-1", destination: "/d", access_mode: "single-node-writer" } };
    const metric = { NodesEvaluated: 1, ConstraintFiltered: { "missing CSI Volume ebs-1": 1 } };
    await expect(tried({ volumes }, { metric })).rejects.toMatchObject({
      message: "volumes.disk: Nomad has no CSI volume ebs-1 in namespace default.",
      hint: expect.stringContaining("nomad volume status -type csi") as string,
    });
  });

  it.each<[string, AllocMetric]>([
    ["a node that has it is full", lacking({ NodesExhausted: 1 })],
    [
      "nodes fail for other reasons too",
      lacking({
        NodesExhausted: 1,
        ConstraintFiltered: { "missing compatible host volumes": 1, "missing drivers": 1 },
      }),
    ],
  ])("only warns where waiting may help: %s", async (_case, metric) => {
    const { warnings } = await tried(data, { metric, volumes: ["stuff"] });
    expect(warnings.join()).toMatch(/at this moment no node could take it: .*the host volume stuff/);
  });

  it.each<[string, AllocMetric, string]>([
    ["driver", { NodesEvaluated: 2, ConstraintFiltered: { "missing drivers": 2 } }, "2 nodes lack driver exec"],
    ["device", { NodesEvaluated: 1, ConstraintFiltered: { "missing devices": 1 } }, "1 node lacks the devices asked"],
    ["datacenter", { NodesEvaluated: 0, NodesAvailable: { mars: 0 } }, "no ready node in datacenter mars"],
    ["pool", { NodesEvaluated: 0, NodePool: "gpu" }, "no ready node in node pool gpu"],
    [
      "memory",
      { NodesEvaluated: 1, NodesExhausted: 1, DimensionExhausted: { memory: 1 } },
      "memory exhausted on 1 node (needs",
    ],
  ])(
    "refuses what no node has, unless the site waits for nodes or the task may fail: %s",
    async (_what, metric, why) => {
      const small = { metric, volumes: [], memoryMb: 10 };
      await expect(tried({}, small)).rejects.toMatchObject({
        code: "NOMAD_E_REQUEST_UNPLACEABLE",
        message: expect.stringContaining(why) as string,
        hint: expect.stringContaining("placementTimeoutMinutes") as string,
      });
      for (const wait of [{ placementTimeoutSeconds: 60 }, { optional: true }])
        expect((await tried({}, { ...small, ...wait })).warnings.join()).toContain(why);
    },
  );

  it("says when the run-once guarantee is given up", async () => {
    const { warnings } = await tried({ restart: 1, reschedule: 1, disconnect: { replace: true } }, {});
    expect(warnings).toEqual([
      "Nomad itself may run it more than once in one attempt (restart, reschedule, disconnect)",
    ]);
    const templates = [{ data: "x", destination: "a", change_mode: "restart" }];
    expect((await tried({ templates }, {})).warnings.join()).toContain("(restart)");
  });
});
