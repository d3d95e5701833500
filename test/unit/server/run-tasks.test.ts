import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { Launch } from "../../../src/core/launch/context.js";
import { judge } from "../../../src/core/launch/verdict.js";
import { taskFile } from "../../../src/server/protocol.js";
import { RunTasks } from "../../../src/server/run-tasks.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { site } from "../../support/builders.js";

const folder = mkdtempSync(join(tmpdir(), "mfn-run-tasks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const placement = {
  jobId: "job",
  allocationId: "a",
  nodeId: "n",
  nodeName: "n1",
  driver: "raw_exec",
  namespace: "default",
  task: "main",
};

/** Runs one attempt on a launcher that submits and places it; what its client is sent, and what the launcher was told. */
async function attempt(resume?: string) {
  const told: Launch[] = [];
  const launch = async (asked: Launch) => {
    told.push(asked);
    asked.report({ kind: "submitted", jobId: "job", evaluationId: "e", at: 0 });
    asked.report({ kind: "placed", placement, at: 0 });
    return judge({ stoppedFor: "cancelled" }, "job");
  };
  const host = { site: () => ({ site: site(), launch }) } as unknown as Host;
  const logs = { stdout: join(folder, "out"), stderr: join(folder, "err") };
  const task = taskFile.parse({
    version: 1,
    pathspec: "F/1/s/1",
    attempt: 0,
    logs,
    launch: { jobId: "job", argv: ["x"] },
  });
  const frames: string[] = [];
  const send = (bytes: Uint8Array) => {
    frames.push(`${String.fromCharCode(bytes[0] ?? 0)} ${Buffer.from(bytes.subarray(5)).toString("utf8").trim()}`);
    return Promise.resolve();
  };
  await new RunTasks(host, new ManualClock(), () => Promise.resolve()).run(task, send, AbortSignal.any([]), resume);
  return { frames, resumes: told[0]?.resumes };
}

describe("an attempt", () => {
  it("gives its client a token once the job is registered, by which the next host knows that it was", async () => {
    const { frames, resumes } = await attempt();
    expect(resumes).toBe(false);
    expect(frames[0]).toBe("r {}");
    expect(frames.some((frame) => frame.startsWith("e Nomad job job, allocation a"))).toBe(true);
    const next = await attempt("{}");
    expect(next.resumes).toBe(true);
    expect(next.frames.some((frame) => frame.startsWith("e Nomad job job, allocation a"))).toBe(true);
    expect(next.frames).not.toContain("r {}");
  });
});
