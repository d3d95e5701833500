import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import type { Launch, LaunchContext } from "../../../src/core/launch/context.js";
import { jobToEvaluation, markOf } from "../../../src/core/launch/job-to-evaluation.js";
import { requestMark } from "../../../src/core/model/request-mark.js";
import type { Job } from "../../../src/core/model/job.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { request } from "../../support/builders.js";
import { fakeTransport } from "../../support/fake-transport.js";
import { silentLogger } from "../../support/silent-logger.js";

const job = {
  ID: "a/b",
  Name: "a",
  Type: "batch",
  Namespace: "ml",
  Meta: { [requestMark]: "m1" },
  TaskGroups: [{}],
} as unknown as Job;
const taken = new LauncherError("NOMAD_E_API_REFUSED", {
  call: "PUT /jobs",
  status: 500,
  reason: "Enforcing job modify index 0: job exists with conflicting job modify index: 12",
});

function register(answer: (path: string) => unknown) {
  const transport = fakeTransport({ request: ({ path }) => answer(path) });
  const told: string[] = [];
  const launch = {
    request: request(),
    report: ({ kind }: { kind: string }) => told.push(kind),
    signal: AbortSignal.any([]),
  } as unknown as Launch;
  const context = { transport, clock: new ManualClock(), logger: silentLogger } as unknown as LaunchContext;
  return { done: jobToEvaluation(job, launch, context, { mayHaveArrived: false }), transport, told };
}

const refuse = (error: Error): never => {
  throw error;
};

describe("jobToEvaluation", () => {
  it("registers with EnforceIndex, so that a repeated call cannot run the task twice", async () => {
    const { done, transport, told } = register(() => ({ EvalID: "e1" }));
    expect(await done).toBe("e1");
    expect(transport.calls[0]).toMatchObject({ path: "/jobs", body: { EnforceIndex: true, JobModifyIndex: 0 } });
    expect(told).toEqual(["submitted"]);
  });

  it("takes over its own job when the first reply was lost", async () => {
    const { done, transport } = register((path) => {
      if (path === "/jobs") return refuse(taken);
      return path.endsWith("/evaluations")
        ? [
            { ID: "old", CreateIndex: 1 },
            { ID: "new", CreateIndex: 9 },
          ]
        : { Meta: { [requestMark]: "m1" } };
    });
    expect(await done).toBe("new");
    expect(transport.calls[1]?.path).toBe("/job/a%2Fb");
  });

  it("refuses a job of that ID that is not its own", async () => {
    const { done } = register((path) => (path === "/jobs" ? refuse(taken) : { Meta: null }));
    await expect(done).rejects.toMatchObject({ code: "NOMAD_E_LAUNCH_DUPLICATE" });
  });

  it("says it once where a version refuses to be told twice not to replace the task", async () => {
    const both = new LauncherError("NOMAD_E_API_REFUSED", {
      call: "PUT /jobs",
      status: 400,
      reason: "cannot set both prevent_reschedule_on_lost and replace in disconnect",
    });
    let tries = 0;
    const { done, transport } = register(() => ((tries += 1) === 1 ? refuse(both) : { EvalID: "e2" }));
    expect(await done).toBe("e2");
    expect(transport.calls).toHaveLength(2);
  });

  it("marks a request by what it asks, never by its secrets", () => {
    expect(markOf(request({ secretEnv: { A: "1" } }))).toBe(markOf(request({ secretEnv: { A: "2" } })));
    expect(markOf(request({ env: { A: "1" } }))).not.toBe(markOf(request({ env: { A: "2" } })));
  });
});
