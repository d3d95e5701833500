import { describe, expect, it } from "vitest";
import { explainPlacement } from "../../../src/core/launch/explain-placement.js";
import { NodeSizes } from "../../../src/core/launch/node-sizes.js";
import type { AllocMetric, Evaluation } from "../../../src/core/model/evaluation.js";
import type { Job } from "../../../src/core/model/job.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { fakeTransport } from "../../support/fake-transport.js";

const job = (MemoryMB = 512) =>
  ({ TaskGroups: [{ Tasks: [{ Driver: "docker", Resources: { MemoryMB, CPU: 100 } }] }] }) as unknown as Job;

const evaluation = (metric: AllocMetric): Evaluation => ({
  ID: "e",
  JobID: "job",
  Namespace: "default",
  Status: "complete",
  FailedTGAllocs: { main: metric },
  ModifyIndex: 1,
  CreateIndex: 1,
});

describe("explainPlacement", () => {
  it("is silent when nothing failed", () => {
    expect(explainPlacement([], job())).toBeUndefined();
    expect(explainPlacement([{ ...evaluation({}), FailedTGAllocs: null }], job())).toBeUndefined();
  });

  it("counts nodes in words", () => {
    const problem = explainPlacement(
      [
        evaluation({
          NodesEvaluated: 3,
          NodesExhausted: 1,
          ConstraintFiltered: { "missing drivers": 2 },
          DimensionExhausted: { memory: 1, disk: 1 },
        }),
      ],
      job(),
    );
    expect(problem).toMatchObject({
      reason: "2 nodes lack driver docker; disk exhausted on 1 node; memory exhausted on 1 node (needs 512 MB)",
      busy: true,
    });
  });

  it("says that waiting cannot help when every node was filtered out", () => {
    const problem = explainPlacement(
      [evaluation({ NodesEvaluated: 1, ConstraintFiltered: { "${attr.kernel.name} = windows": 1 } })],
      job(),
    );
    expect(problem).toMatchObject({ reason: "1 node does not meet ${attr.kernel.name} = windows", busy: false });
  });

  it.each([
    [
      { DimensionExhausted: { "devices: no devices match request": 2 }, NodesExhausted: 2 },
      "2 x nvidia/gpu with ${device.model} = H100 not free on 2 nodes",
      true,
    ],
    [
      { ConstraintFiltered: { "missing devices": 1 } },
      "1 node lacks 2 x nvidia/gpu with ${device.model} = H100",
      false,
    ],
  ])("tells devices in use from devices that are nowhere (%#)", (metric, reason, busy) => {
    const Constraints = [{ LTarget: "${device.model}", Operand: "=", RTarget: "H100" }];
    const Resources = { MemoryMB: 1, Devices: [{ Name: "nvidia/gpu", Count: 2, Constraints }] };
    const asking = { TaskGroups: [{ Tasks: [{ Driver: "docker", Resources }] }] } as unknown as Job;
    expect(explainPlacement([evaluation({ NodesEvaluated: 2, ...metric })], asking)).toMatchObject({ reason, busy });
  });

  it("names an empty datacenter", () => {
    expect(explainPlacement([evaluation({ NodesEvaluated: 0, NodesAvailable: { mars: 0 } })], job())?.reason).toBe(
      "no ready node in datacenter mars",
    );
  });

  it("names the datacenters and the pool asked for, where Nomad counts no node", () => {
    const absent = [evaluation({ NodesEvaluated: 0, NodesAvailable: {}, NodePool: "gpu" })];
    const asked = { ...job(), Datacenters: ["dc8", "dc9"] };
    expect(explainPlacement(absent, asked)?.reason).toBe("no ready node in datacenter dc8, dc9 in node pool gpu");
    expect(explainPlacement(absent, job())?.reason).toBe("no ready node in node pool gpu");
  });

  /** What Nomad 1.11.0 and 1.7.7 answered for two nodes, of the classes small and large (two-nodes.int.test.ts). */
  const counted = { NodesEvaluated: 2, NodesInPool: 2, NodesAvailable: { dc1: 2 }, CoalescedFailures: 0 };

  it("names the numbers of each constraint, dimension and node class, as in a real reply", () => {
    const real = {
      ...counted,
      NodesFiltered: 1,
      NodesExhausted: 1,
      ClassFiltered: { small: 1 },
      ConstraintFiltered: { "${meta.which} = second": 1 },
      ClassExhausted: { large: 1 },
      DimensionExhausted: { memory: 1 },
      ResourcesExhausted: { main: { CPU: 0, Cores: 0, Devices: null, DiskMB: 0, MemoryMB: 5000, Networks: null } },
    };
    expect(explainPlacement([evaluation(real)], job(5000))).toMatchObject({
      reason:
        "1 node does not meet ${meta.which} = second; memory exhausted on 1 node (needs 5000 MB); " +
        "by node class: 1 of small unfit, 1 of large without room",
      busy: true,
    });
  });

  it("calls a disk that no node has a matter of other nodes, not of waiting; in one order, whatever Nomad's", () => {
    const real = (ClassExhausted: Record<string, number>) =>
      evaluation({ ...counted, NodesFiltered: 0, NodesExhausted: 2, ClassExhausted, DimensionExhausted: { disk: 2 } });
    const [group] = job().TaskGroups;
    const asked: Job = { ...job(), TaskGroups: [{ ...group, EphemeralDisk: { SizeMB: 9000 } }] };
    const largest = { memoryMb: 2000, cpuMhz: 1000, diskMb: 8000, hostVolumes: [] };
    const told = [real({ small: 1, large: 1 }), real({ large: 1, small: 1 })].map((one) =>
      explainPlacement([one], asked, largest),
    );
    const reason =
      "disk exhausted on 2 nodes (needs 9000 MB, the largest node has 8000 MB); " +
      "by node class: 1 of large without room, 1 of small without room";
    expect(told).toMatchObject([
      { reason, busy: false },
      { reason, busy: false },
    ]);
  });

  it.each<[Record<string, number>, string]>([
    [{ "missing drivers": 1, "computed class ineligible": 2 }, "3 nodes lack driver docker"],
    [
      { "missing drivers": 1, distinct_hosts: 2, "computed class ineligible": 1 },
      "2 nodes do not meet distinct_hosts; 1 node lacks driver docker; 1 node is like one of these",
    ],
    [{ "computed class ineligible": 2 }, "2 nodes are like a node that does not do"],
    [{ "CSI plugin ebs is unhealthy on client 1": 1 }, "on 1 node: CSI plugin ebs is unhealthy on client 1"],
  ])("says in words what Nomad counts: %o", (ConstraintFiltered, reason) => {
    expect(explainPlacement([evaluation({ NodesEvaluated: 4, ConstraintFiltered })], job())?.reason).toBe(reason);
  });

  it("repeats what Nomad says of a dimension", () => {
    const metric = { NodesEvaluated: 1, DimensionExhausted: { "network: port collision": 1 } };
    expect(explainPlacement([evaluation(metric)], job())?.reason).toBe("network: port collision on 1 node");
  });

  it("tells what is full from what is too small, where node sizes are known", () => {
    const full = [evaluation({ NodesEvaluated: 1, NodesExhausted: 1, DimensionExhausted: { memory: 1 } })];
    const largest = { memoryMb: 2000, cpuMhz: 1000, diskMb: 10, hostVolumes: [] };
    expect(explainPlacement(full, job(2000), largest)?.busy).toBe(true);
    expect(explainPlacement(full, job(2001), largest)).toMatchObject({
      busy: false,
      reason: "memory exhausted on 1 node (needs 2001 MB, the largest node has 2000 MB)",
    });
  });
});

describe("NodeSizes", () => {
  const node = (MemoryMB: number, CpuShares: number, reserved = 0) => ({
    NodeResources: { Memory: { MemoryMB }, Cpu: { CpuShares } },
    ReservedResources: { Memory: { MemoryMB: reserved }, Cpu: { CpuShares: reserved } },
    HostVolumes: reserved > 0 ? { data: {} } : null,
  });

  it("takes the most of each dimension, less what is reserved, and asks once for many", async () => {
    const transport = fakeTransport({ request: () => [node(1000, 4000), node(3000, 2000, 500)] });
    const nodes = new NodeSizes(transport, new ManualClock());
    const answers = await Promise.all([nodes.largest(undefined), nodes.largest(undefined)]);
    expect(answers).toEqual([
      { memoryMb: 2500, cpuMhz: 4000, diskMb: 0, hostVolumes: ["data"] },
      { memoryMb: 2500, cpuMhz: 4000, diskMb: 0, hostVolumes: ["data"] },
    ]);
    expect(transport.calls).toHaveLength(1);
  });

  it("knows nothing where it may not ask", async () => {
    const refused = fakeTransport({
      request: () => {
        throw new Error("Permission denied");
      },
    });
    await expect(new NodeSizes(refused, new ManualClock()).largest("eu")).resolves.toBeUndefined();
    await expect(
      new NodeSizes(fakeTransport({ request: () => [] }), new ManualClock()).largest("eu"),
    ).resolves.toBeUndefined();
  });
});
