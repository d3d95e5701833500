import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { Metrics } from "../../../src/core/metrics/metrics.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { kindOf, RequestLog } from "../../../src/transports/request-log.js";
import { silentLogger } from "../../support/silent-logger.js";

describe("the kind of a call", () => {
  it.each([
    ["GET", "/job/flow-1-start-0/allocations", "GET /job/:id/allocations"],
    ["PUT", "/jobs", "PUT /jobs"],
    ["GET", "/client/fs/logs/8f1c", "GET /client/fs/logs/:id"],
    ["PUT", "/var/nomad/jobs/flow-1-start-0", "PUT /var/:path"],
    ["GET", "/event/stream", "GET /event/stream"],
    ["GET", "/evaluation/8f1c", "GET /evaluation/:id"],
    ["GET", "/job/a%2Fb", "GET /job/:id"],
  ] as const)("%s %s", (method, path, kind) => {
    expect(kindOf({ method, path })).toBe(kind);
  });
});

describe("the log of calls", () => {
  it("says each sending under its call's ID, and never the query, the body or a header", async () => {
    const clock = new ManualClock();
    const lines: unknown[] = [];
    const logger = { ...silentLogger, debug: (fields: object, message: string) => void lines.push([message, fields]) };
    const metrics = new Metrics();
    const log = new RequestLog({ site: "lab", clock, logger, metrics });
    const call = {
      method: "PUT",
      path: "/var/nomad/jobs/a",
      query: { token: "t0ken" },
      body: { Items: { PASSWORD: "s3cr3t" } },
      headers: { authorization: "t0ken" },
    } as const;
    const busy = new LauncherError("NOMAD_E_API_BUSY", {});
    const first = log.begin(call, "http://nomad.test:4646");
    await clock.advance(20);
    first({ error: busy });
    log.again(call, busy, 200.4);
    log.begin(call, "http://nomad.test:4646")({ status: 200 });
    log.begin({ ...call }, "http://nomad.test:4646")({ status: 404 });
    const told = { method: "PUT", path: "/var/nomad/jobs/a", address: "http://nomad.test:4646" };
    expect(lines).toEqual([
      ["call", { ...told, request: 1, attempt: 1, status: "NOMAD_E_API_BUSY", ms: 20 }],
      [
        "call failed; trying again",
        { request: 1, method: "PUT", path: "/var/nomad/jobs/a", code: "NOMAD_E_API_BUSY", pauseMs: 200 },
      ],
      ["call", { ...told, request: 1, attempt: 2, status: "200", ms: 0 }],
      ["call", { ...told, request: 2, attempt: 1, status: "404", ms: 0 }],
    ]);
    expect(metrics.text()).toContain('metaflow_nomad_requests_in_flight{site="lab"} 0\n');
    expect(metrics.text()).not.toMatch(/t0ken|s3cr3t|jobs\/a/);
  });
});
