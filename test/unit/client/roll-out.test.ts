import { describe, expect, it } from "vitest";
import { regionsAsked } from "../../../src/cli/job/region-options.js";
import { createNomadClient, promoteRegions, rollOut } from "../../../src/client/index.js";
import type { ApiCall } from "../../../src/core/contracts/transport.js";
import { fakeTransport } from "../../support/fake-transport.js";

type Version = readonly [version: number, stable: boolean];
const update = { AutoRevert: true };

/** Regions with one service each, newest version first. A region that `takes` a job has a new version of it then, `refuses` throws. */
function lab(versions: Record<string, Version[]>, registering: Record<string, "takes" | "refuses" | "has it"> = {}) {
  const deployment = { ID: "d1", StatusDescription: "", TaskGroups: {} };
  const answer = ({ method, path, query }: ApiCall): unknown => {
    const region = String(query?.["region"]);
    const own = versions[region] ?? [];
    if (path === "/regions") return Object.keys(versions);
    if (path === "/jobs") {
      if (registering[region] === "refuses") throw new Error("no room");
      if (registering[region] === "takes") own.unshift([(own[0]?.[0] ?? -1) + 1, true]);
      return { EvalID: "", Warnings: "", JobModifyIndex: 1 };
    }
    if (path.endsWith("/versions"))
      return {
        Versions: own.map(([Version, Stable]) => ({ ID: "web", Version, Stable, Update: update, TaskGroups: [{}] })),
      };
    if (path === "/job/web/deployment")
      return {
        ...deployment,
        Status: method === "GET" && registering[region] === undefined ? "running" : "successful",
      };
    if (path === "/deployment/d1") return { ...deployment, Status: "failed" };
    return path === "/job/web" ? { ID: "web", Version: own[0]?.[0] } : {};
  };
  const transport = fakeTransport({ request: answer });
  const nomad = createNomadClient({ transport, env: {} });
  const sent = (end: string) =>
    transport.calls
      .filter(({ path }) => path.endsWith(end))
      .map(({ query, body }) => ({ ...query, ...(body as object) }));
  return { nomad, transport, sent };
}

describe("a rollout that fails in one region, with fail_all", () => {
  it("takes back what it changed, to the stable version before it, and nothing else", async () => {
    const before: Record<string, Version[]> = {
      same: [[3, true], [2, true]],
      moved: [[7, false], [6, true], [5, true]],
      other: [[1, true]],
    }; // prettier-ignore
    const { nomad, sent } = lab(before, { same: "has it", moved: "takes", other: "refuses" });
    const regions = Object.keys(before).map((Name) => ({ Name }));
    const job = { ID: "web", Namespace: "team" };
    const end = await rollOut(nomad, job, { regions, maxParallel: 1, onFailure: "fail_all" });
    expect(sent("/revert")).toMatchObject([{ region: "moved", JobVersion: 6 }]);
    expect(end.regions.map(({ state }) => state)).toEqual(["cancelled", "cancelled", "failed"]);
    expect(end.regions[0]?.reason).toContain("it stays as it is");
  });

  it("asks and undoes in the job's own namespace", async () => {
    const { nomad, transport } = lab({ a: [[0, true]], b: [] }, { a: "takes", b: "refuses" });
    const plan = { regions: [{ Name: "a" }, { Name: "b" }], maxParallel: 1, onFailure: "fail_all" } as const;
    await rollOut(nomad, { ID: "web", Namespace: "team" }, plan);
    const namespaces = transport.calls
      .filter(({ path }) => path !== "/regions")
      .map(({ query }) => query?.["namespace"]);
    expect(new Set(namespaces)).toEqual(new Set(["team"]));
  });
});

describe("promoteRegions", () => {
  const regions = ["a", "b"];
  const versions = (): Record<string, Version[]> => ({ a: [[1, false]], b: [[1, false]] });

  it("waits for healthy canaries unless it is told not to, also where the option is there and undefined", async () => {
    const { nomad, sent } = lab(versions());
    expect(await promoteRegions(nomad, "web", { regions }, { watch: undefined })).toMatchObject({ code: 1 });
    expect(sent("/promote/d1")).toEqual([]);
    expect(await promoteRegions(nomad, "web", { regions }, { watch: false })).toMatchObject({ code: 0 });
    expect(sent("/promote/d1")).toMatchObject([{ region: "a" }, { region: "b" }]);
  });
});

describe("--regions", () => {
  it("are names, each of them", () => expect(regionsAsked({ regions: "a,b" })).toEqual({ regions: ["a", "b"] }));
  it.each(["", ",", "us-east,", ",us-east"])("refuses %j: an empty one would be the agent's own", (regions) => {
    expect(() => regionsAsked({ regions })).toThrow("empty name");
  });
});
