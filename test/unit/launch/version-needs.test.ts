import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { meetVersion } from "../../../src/core/launch/meet-version.js";
import { ServerVersion } from "../../../src/core/launch/server-version.js";
import { compareVersions, versionNeeds } from "../../../src/core/launch/version-needs.js";
import type { Job } from "../../../src/core/model/job.js";
import type { JsonObject } from "../../../src/core/model/json.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { composeJob } from "../../support/compose.js";
import { fakeTransport } from "../../support/fake-transport.js";

const never = AbortSignal.any([]);
const composed = (blocks: JsonObject) => composeJob({ driver: "exec", blocks });

/** A server that says this version, or refuses to. */
function server(version: string | undefined) {
  const transport = fakeTransport({
    request: () => {
      if (version !== undefined) return { config: { Version: { Version: version } } };
      throw new LauncherError("NOMAD_E_API_FORBIDDEN", {
        call: "GET /agent/self",
        origin: "",
        reason: "",
        namespace: "",
      });
    },
  });
  return { transport, version: new ServerVersion(transport, new ManualClock()) };
}

describe("what a job needs", () => {
  it.each<[JsonObject, string, string]>([
    [{ max_run_duration: "1h" }, "max_run_duration", "2.0.0"],
    [{ templates: [{ data: "x", destination: "a", once: true }] }, "templates: once", "1.10.2"],
    [{ volumes: { d: { destination: "/d", sticky: true } } }, "volumes: sticky", "1.10.0"],
    [{ volumes: { d: { destination: "/d", access_mode: "single-node-writer" } } }, "access_mode of a host", "1.10.0"],
    [{ artifacts: [{ source: "x", chown: true }] }, "artifacts: chown", "1.9.2"],
    [{ artifacts: [{ source: "x", insecure: true }] }, "artifacts: insecure", "1.8.0"],
    [{ disconnect: { reconcile: "best_score" } }, "disconnect: reconcile", "1.8.0"],
    [{ disconnect: { replace: true } }, "disconnect: replace", "1.8.0"],
    [{ disconnect: { replace: true }, max_run_duration: "1h" }, "max_run_duration", "2.0.0"],
  ])("%j", (blocks, what, since) => {
    expect(versionNeeds(composed(blocks))[0]).toEqual({ what: expect.stringContaining(what) as string, since });
  });

  it.each<JsonObject>([
    {},
    { artifacts: [{ source: "x", chown: false, insecure: false }], templates: [{ data: "x", env: true, once: false }] },
    { volumes: { d: { type: "csi", destination: "/d", access_mode: "single-node-writer" } } },
    { disconnect: { lost_after: "5m", replace: false } },
  ])("is nothing new for %j", (blocks) => {
    expect(versionNeeds(composed(blocks))).toEqual([]);
  });

  it("sees what a patch put there", () => {
    const task = { Services: [{ Weights: { Passing: 3 } }], Identities: [{ Filepath: "x" }] };
    const job = { TaskGroups: [{ Tasks: [task], Networks: [{ CNI: { Args: { A: "b" } } }] }] } as unknown as Job;
    expect(versionNeeds(job).map(({ since }) => since)).toEqual(["1.9.2", "1.9.0", "1.8.2"]);
  });
});

it.each<[string, string, number]>([
  ["1.11.0", "1.9.2", 1],
  ["1.7.7", "1.7.7", 0],
  ["1.7.7+ent", "1.7.7", 0],
  ["2.0.0-beta.1", "2.0.0", 0],
  ["1.10.5", "1.11.0", -1],
  ["2", "1.11.0", 1],
])("version %s beside %s", (first, second, sign) => {
  expect(Math.sign(compareVersions(first, second))).toBe(sign);
});

describe("a job and its server", () => {
  const job = composed({ max_run_duration: "1h" });

  it("is refused where the server would drop a part of it", async () => {
    await expect(meetVersion(job, server("1.11.0").version, never)).rejects.toMatchObject({
      code: "NOMAD_E_REQUEST_VERSION",
      message: expect.stringMatching(/^max_run_duration needs Nomad 2\.0\.0; .* has 1\.11\.0/) as string,
    });
  });

  it("goes as it is where the server knows it all, or nothing is new", async () => {
    expect(await meetVersion(job, server("2.0.1").version, never)).toEqual({ job, warnings: [] });
    const { transport, version } = server("1.7.7");
    const plain = composed({});
    expect((await meetVersion(plain, version, never)).job).toBe(plain);
    expect(transport.calls).toEqual([]);
  });

  it("is kept off older nodes where the version is unknown, and that is said once", async () => {
    const { version } = server(undefined);
    const first = await meetVersion(job, version, never);
    expect(first.job.Constraints).toEqual([
      { LTarget: "${attr.nomad.version}", Operand: "semver", RTarget: ">= 2.0.0" },
    ]);
    expect(first.warnings.join()).toContain("agent:read");
    expect((await meetVersion(job, version, never)).warnings).toEqual([]);
  });

  it("asks once for many, and again after a failure", async () => {
    const { transport, version } = server("2.0.0");
    await Promise.all([version.read(never), version.read(never)]);
    expect(transport.calls).toHaveLength(1);
    let tries = 0;
    const flaky = fakeTransport({
      request: () => {
        tries += 1;
        if (tries === 1) throw new LauncherError("NOMAD_E_TRANSPORT_BROKEN", { address: "", call: "", reason: "" });
        return { config: { Version: { Version: "1.11.0" } } };
      },
    });
    const again = new ServerVersion(flaky, new ManualClock());
    await expect(again.read(never)).rejects.toMatchObject({ code: "NOMAD_E_TRANSPORT_BROKEN" });
    await expect(again.read(never)).resolves.toBe("1.11.0");
  });
});
