import { describe, expect, it } from "vitest";
import type { Patient } from "../../../src/core/doctor/patient.js";
import { probe } from "../../../src/core/doctor/probe.js";
import type { Launch } from "../../../src/core/launch/context.js";
import type { Outcome } from "../../../src/core/model/outcome.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { site } from "../../support/builders.js";
import { fakeTransport } from "../../support/fake-transport.js";

const stopped: Outcome = {
  kind: "stopped",
  sentence: "",
  advice: "",
  retriable: true,
  cause: "interrupted",
  jobId: "",
  evidence: {},
};

/** A patient whose probe does as the test says, on a clock that the test moves. */
function patientOf(launch: (task: Launch) => Promise<Outcome>) {
  const transport = fakeTransport({});
  const clock = new ManualClock();
  const compose: Patient["compose"] = () => {
    throw new Error("no driver");
  };
  const cluster = {} as Patient["cluster"];
  const origins = new Map<string, string>();
  const { signal } = new AbortController();
  const patient: Patient = { site: site(), transport, clock, compose, launch, origins, signal, cluster };
  return { patient, clock, purged: () => transport.calls.map(({ method, query }) => [method, query?.["purge"]]) };
}

/** A launch that goes on until nobody wants it any more. */
const endless =
  (report: (task: Launch) => void = () => undefined) =>
  async (task: Launch): Promise<Outcome> => {
    report(task);
    await new Promise((resolve) => task.signal.addEventListener("abort", resolve));
    return stopped;
  };

async function afterTheLimit(launch: (task: Launch) => Promise<Outcome>) {
  const { patient, clock, purged } = patientOf(launch);
  const findings = probe.run(patient);
  await clock.advance(5 * 60_000 - 1);
  expect(purged()).toEqual([]);
  await clock.advance(1);
  return { findings: await findings, purged };
}

describe("a probe that takes too long", () => {
  it("says what it waited for, and purges its job", async () => {
    const waits = endless(({ report, request }) =>
      report({ kind: "waiting", jobId: request.jobId, reason: "2 nodes lack driver docker", at: 0 }),
    );
    const { findings, purged } = await afterTheLimit(waits);
    expect(findings).toMatchObject([
      { status: "fail", found: "the task was not placed within 5 minutes: 2 nodes lack driver docker" },
    ]);
    expect(purged()).toEqual([["DELETE", true]]);
  });
});
describe("a probe", () => {
  it("whose output does not come back says so", async () => {
    const { patient } = patientOf(async () => ({ ...stopped, kind: "succeeded" }));
    expect(await probe.run(patient)).toMatchObject([
      { status: "warn", found: expect.stringContaining("nothing of its output") },
    ]);
  });

  it("that is refused leaves no job, and its refusal is the finding's", async () => {
    const { patient, purged } = patientOf(() => Promise.reject(new Error("refused")));
    await expect(probe.run(patient)).rejects.toThrow("refused");
    expect(purged()).toEqual([["DELETE", true]]);
  });
});
