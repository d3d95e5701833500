import { describe, expect, it } from "vitest";
import { neededRight } from "../../../src/transports/needed-right.js";

describe("the right a call takes", () => {
  it.each([
    ["PUT /jobs", "submit-job"],
    ["PUT /job/a%2Fb/plan", "submit-job"],
    ["DELETE /job/a", "submit-job"],
    ["GET /jobs", "list-jobs"],
    ["GET /jobs/statuses", "list-jobs"],
    ["GET /job/jobs", "read-job"],
    ["GET /event/stream", "read-job"],
    ["GET /client/fs/logs/a", "read-logs"],
    ["GET /client/fs/ls/a", "read-fs"],
    ["POST /job/a/dispatch", "dispatch-job"],
    ["PUT /client/allocation/a/restart", "alloc-lifecycle"],
    ["GET /client/allocation/a/exec", "alloc-exec (and alloc-node-exec, for tasks of raw_exec)"],
    ["PUT /var/nomad/jobs/a", 'write for the path in "variables"'],
    ["GET /nodes", "node:read"],
    ["PUT /node/a/drain", "node:write"],
    ["GET /agent/self", "agent:read"],
    ["GET /acl/tokens", "of a management token"],
    ["GET /something/new", undefined],
  ])("%s", (call, right) => {
    expect(neededRight(call)).toBe(right);
  });
});
