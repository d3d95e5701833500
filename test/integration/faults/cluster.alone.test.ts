import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { Outcome } from "../../../src/core/model/outcome.js";
import { type Cluster, startCluster } from "../../support/cluster/index.mjs";
import { Crowd, isBeginning, isWhole, type Member } from "../../support/crowd.js";
import { openTestHost } from "../../support/launch-host.js";

const size = 50;

describe(`a cluster of 3 servers and 2 clients, while ${String(size)} tasks run`, { timeout: 240_000 }, () => {
  let cluster: Cluster;
  let host: Host;

  beforeAll(async () => {
    cluster = await startCluster({ quiet: true });
    const [address = "", ...fallbackAddresses] = cluster.addresses;
    host = openTestHost(address, { fallbackAddresses, lostAfterSeconds: 5 });
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  /** Half of them on each client. */
  const placed = (n: number) => {
    const RTarget = nodeNames()[n % 2] ?? "";
    return { placement: { constraints: [{ LTarget: "${node.unique.name}", Operand: "=", RTarget }] } };
  };
  const nodeNames = () => cluster.clients.map(({ httpPort }) => `test-${String(httpPort)}`);

  /** Each has one right outcome, each line once and in order, and the user's code was run once. */
  async function expectAllWell(crowd: Crowd): Promise<void> {
    const ended = await crowd.end();
    expect(ended.map(kindOf)).toEqual(crowd.members.map(() => "succeeded"));
    for (const member of crowd.members) {
      expect(isWhole(member.printed.stdout), `${member.jobId}: ${member.printed.stdout}`).toBe(true);
      expect([member.runs(), endings(member)]).toEqual([1, 1]);
    }
  }

  it("nothing is lost when the leader is killed, nor when the server in use is", async () => {
    await using crowd = new Crowd(host, size, placed);
    await crowd.started();
    const leader = await cluster.leader();
    await cluster.kill(leader);
    // What is submitted while nobody leads waits for the next who does.
    await using late = new Crowd(host, 4, placed);
    expect(await cluster.leader()).not.toBe(leader);
    await crowd.go(2);
    await cluster.restart(leader);

    const used = cluster.nameAt(host.site().transport.address) ?? "";
    await cluster.kill(used);
    await crowd.go(2);
    await expectAllWell(crowd);
    await expectAllWell(late);
    expect(cluster.nameAt(host.site().transport.address)).not.toBe(used);
    await cluster.restart(used);
  });

  it("the tasks of a client that is killed are lost, and run once; the others do not notice", async () => {
    await using crowd = new Crowd(host, size, placed);
    await crowd.started();
    const isGone = (member: Member) => nodeOf(member) === nodeNames()[1];
    expect(crowd.members.filter(isGone)).toHaveLength(size / 2);
    await cluster.kill("client-2");
    const lost = await Promise.all(crowd.members.filter(isGone).map(({ ended }) => ended));
    expect(new Set(lost.map(kindOf))).toEqual(new Set(["lost"]));
    const others = (await crowd.end()).map(kindOf);
    expect(others).toEqual(crowd.members.map((member) => (isGone(member) ? "lost" : "succeeded")));
    for (const member of crowd.members) {
      const { stdout } = member.printed;
      expect(isGone(member) ? isBeginning(stdout) : isWhole(stdout), `${member.jobId}: ${stdout}`).toBe(true);
      expect([member.runs(), endings(member)]).toEqual([1, 1]);
    }
  });
});

const kindOf = (ended: Outcome | string) => (typeof ended === "string" ? ended : ended.kind);

const endings = ({ told }: Member) => told.filter(({ kind }) => kind === "ended").length;

function nodeOf({ told }: Member): string | undefined {
  return told.find((news) => news.kind === "placed")?.placement.nodeName;
}
