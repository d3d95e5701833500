import { describe, expect, it } from "vitest";
import type { ApiCall } from "../../../src/core/contracts/transport.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { submitterMark } from "../../../src/core/model/submitter-mark.js";
import { findDeadJobs, sweepJob } from "../../../src/core/sweep/dead-jobs.js";
import { submitterOf, writeSubmitter } from "../../../src/core/sweep/submitter.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { fakeTransport } from "../../support/fake-transport.js";

const signal = AbortSignal.timeout(10_000);
const own = await submitterOf();
const live = writeSubmitter(own!);
const dead = writeSubmitter({ ...own!, pid: "4194305" });
const forbidden = (call: ApiCall) =>
  new LauncherError("NOMAD_E_API_FORBIDDEN", { call: call.path, origin: "", reason: "", namespace: "" });
const stub = (ID: string, mark?: string) => ({
  ID,
  Namespace: "team",
  SubmitTime: 5e18,
  Meta: mark === undefined ? null : { [submitterMark]: mark },
});
const parts = (request: (call: ApiCall) => unknown) => ({
  transport: fakeTransport({ request }),
  clock: new ManualClock(),
  namespace: "team",
});

describe("jobs of dead runs", () => {
  it("are those whose process is gone; a live run's and a stranger's are not", async () => {
    const sweep = parts(() => [stub("dead", dead), stub("live", live), stub("stranger"), stub("odd", "host=x")]);
    expect(await findDeadJobs(sweep, signal)).toMatchObject([{ jobId: "dead", namespace: "team" }]);
    const { path, query } = sweep.transport.calls[0]!;
    expect([path, query?.["namespace"], query?.["meta"]]).toEqual(["/jobs", "*", true]);
    expect(query?.["filter"]).toContain(`Meta.${submitterMark} contains "host=${own!.host} "`);
  });

  it("are those of an earlier start of the machine only where somebody asked: a copy of it may be alive", async () => {
    const before = writeSubmitter({ ...own!, machine: "3d12", boot: "other", pidns: "4026531836" });
    const sweep = parts(() => [stub("before", before)]);
    expect(await findDeadJobs(sweep, signal)).toEqual([]);
  });

  it("are looked for in the site's namespace where the token may not see all", async () => {
    const sweep = parts((call) => {
      if (call.query?.["namespace"] === "*") throw forbidden(call);
      return [stub("dead", dead)];
    });
    expect(await findDeadJobs(sweep, signal)).toHaveLength(1);
  });

  it("a reply that is no list is an error", async () => {
    const found = findDeadJobs(
      parts(() => ({ jobs: [] })),
      signal,
    );
    await expect(found).rejects.toMatchObject({ code: "NOMAD_E_API_REPLY" });
  });

  it("are stopped, and their variable is deleted, where the token may", async () => {
    const sweep = parts((call) => {
      if (call.path.startsWith("/var/")) throw forbidden(call);
      return {};
    });
    await sweepJob({ jobId: "f-1", namespace: "team", submitter: own! }, sweep, signal);
    expect(sweep.transport.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "DELETE /job/f-1",
      "DELETE /var/nomad/jobs/f-1",
    ]);
  });
});
