import { afterEach, expect, it } from "vitest";
import type { FakeNomad, FakeOptions } from "../../../src/testing/index.js";
import { startFakeNomad } from "../../../src/testing/index.js";
import { openTestHost, run } from "../../support/launch-host.js";

let nomad: FakeNomad | undefined;
afterEach(async () => nomad?.[Symbol.asyncDispose]());

/** Launches one task on a fake Nomad of some kind. */
async function launchOn(options: FakeOptions, over: Parameters<typeof run>[1] = {}, site = {}) {
  nomad = await startFakeNomad(options);
  await using host = openTestHost(nomad.address, site);
  return await run(host, over);
}

it.each([
  ["an exit code", { exitCode: 3, stderr: "oh\n" }, { kind: "failed", exitCode: 3 }],
  ["a kill for its memory", { exitCode: 137, oomKilled: true }, { kind: "oom-killed" }],
  ["a driver's failure", { startError: "failed to create image: no such host" }, { kind: "driver-failed" }],
  ["no room", { exhausted: "memory" }, { kind: "unplaced" }],
])("plays %s", async (_what, script, outcome) => {
  const ran = await launchOn({ script: () => script }, {}, { placementTimeoutSeconds: 1 });
  expect(ran.outcome).toMatchObject(outcome);
  expect(ran.printed.stderr).toBe("stderr" in script ? "oh\n" : "");
});

it("runs what mock_driver's configuration says", async () => {
  const driverConfig = { run_for: "100ms", exit_code: 5, stdout_string: "mocked\n" };
  const { outcome, printed } = await launchOn({}, { driver: "mock_driver", driverConfig });
  expect([outcome.exitCode, printed.stdout]).toEqual([5, "mocked\n"]);
});

it("fails as it is told: a server that is busy, a connection that is cut", async () => {
  let failures = 3;
  const fault = ({ method }: { method: string }) => {
    if (method !== "PUT" || (failures -= 1) < 0) return undefined;
    return failures === 1 ? ("cut" as const) : { status: 429, text: "too many requests" };
  };
  const { outcome } = await launchOn({ fault }, { argv: ["echo", "after all"] });
  expect(outcome.kind).toBe("succeeded");
  expect(nomad?.calls.filter(({ method, path }) => method === "PUT" && path === "/jobs").length).toBeGreaterThan(3);
});

it("loses events as Nomad does, and nothing is missed", async () => {
  nomad = await startFakeNomad();
  await using host = openTestHost(nomad.address);
  const running = run(host, { argv: ["sh", "-c", "sleep 1; exit 6"] });
  nomad.cluster.listen(({ Topic }) => Topic === "Allocation" && nomad?.breakStreams());
  expect((await running).outcome.exitCode).toBe(6);
});

it("knows its token only", async () => {
  await expect(launchOn({ token: "right" }, {}, { auth: { token: "wrong" } })).rejects.toMatchObject({
    code: "NOMAD_E_API_BAD_TOKEN",
  });
});
