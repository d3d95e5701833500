import { describe, expect, it } from "vitest";
import type { TaskDriver } from "../../../src/core/contracts/task-driver.js";
import { verdict, type VerdictContext } from "../../../src/core/launch/verdict.js";
import { allocation, finished, request } from "../../support/builders.js";

const driver = (filesystem: "host" | "isolated"): TaskDriver => ({
  name: "docker",
  capabilities: { image: "required", filesystem, devices: true, nodeUsers: false },
  toConfig: () => ({ literal: {} }),
});

const context = (over: Partial<VerdictContext> = {}): VerdictContext => ({
  request: request({ timeoutSeconds: 120 }),
  driver: driver("isolated"),
  task: "main",
  memory: 256,
  triggers: ["job-register"],
  ...over,
});

const terminated = (ExitCode: number, Signal = 0, Details = {}) => ({ Type: "Terminated", ExitCode, Signal, Details });

describe("verdict", () => {
  it("is a success only with a Terminated event of code 0", () => {
    const done = finished([terminated(0)], { ClientStatus: "complete" });
    expect(verdict(done, context())).toMatchObject({ kind: "succeeded", exitCode: 0, nodeName: "n1" });
    expect(verdict(finished([], { ClientStatus: "complete" }), context()).kind).toBe("unknown");
  });

  it("names exit code and signal", () => {
    expect(verdict(finished([terminated(3)]), context())).toMatchObject({
      kind: "failed",
      exitCode: 3,
      sentence: "The task exited with code 3.",
    });
    expect(verdict(finished([terminated(139, 11)]), context())).toMatchObject({
      signal: 11,
      sentence: "The task was ended by signal 11 (SIGSEGV).",
    });
  });

  it("uses what the request says of an exit code", () => {
    const exitMeanings = {
      "120": { sentence: "The code package could not be fetched.", advice: "Look at the datastore.", retriable: true },
    };
    const found = verdict(finished([terminated(120)]), context({ request: request({ exitMeanings }) }));
    expect(found).toMatchObject({
      kind: "failed",
      exitCode: 120,
      sentence: "The code package could not be fetched.",
      advice: "Look at the datastore.",
    });
  });

  it.each([
    ["said so", "a\n[script] failed: no package\n", "No package."],
    ["cannot be read to its end", undefined, "No package."],
    ["said nothing of the kind: the code is the step's own", "all is well\n", "The task exited with code 120."],
  ])("uses it only where the script that has the code %s", (_what, lastWords, sentence) => {
    const meaning = { sentence: "No package.", advice: "Look.", retriable: false, sign: "[script] failed:" };
    const asked = context({
      request: request({ exitMeanings: { "120": meaning } }),
      ...(lastWords !== undefined && { lastWords }),
    });
    const found = verdict(finished([terminated(120)]), asked);
    expect(found).toMatchObject({ kind: "failed", exitCode: 120, sentence });
    expect(found).not.toHaveProperty("sign");
  });

  it("does not take a signal that somebody sent by Nomad for a lack of memory", () => {
    const signalled = finished([{ Type: "Signaling" }, terminated(137)]);
    expect(verdict(signalled, context())).toMatchObject({ kind: "failed", sentence: "The task exited with code 137." });
    expect(verdict(finished([terminated(137)]), context())).toMatchObject({ kind: "oom-killed" });
  });

  it("puts the node into what the request says", () => {
    const exitMeanings = { "118": { sentence: "Node {node} cannot reach it.", advice: "Look.", retriable: true } };
    const allocation = finished([terminated(118)]);
    const found = verdict(allocation, context({ request: request({ exitMeanings }) }));
    expect(allocation.NodeName).not.toBe("");
    expect(found.sentence).toBe(`Node ${allocation.NodeName} cannot reach it.`);
  });

  it("sees out of memory where Nomad says so, and where only SIGKILL out of the blue does", () => {
    expect(verdict(finished([terminated(137, 9, { oom_killed: "true" })]), context())).toMatchObject({
      kind: "oom-killed",
      retriable: true,
    });
    expect(verdict(finished([terminated(137)]), context()).sentence).toContain("ran out of memory: it had 256 MB");
    expect(verdict(finished([terminated(137)]), context({ driver: driver("host") })).kind).toBe("failed");
  });

  it("tells an operator's stop, a drain, an eviction and a lost node from a failure", () => {
    const killing = [{ Type: "Killing" }, terminated(137, 9), { Type: "Killed" }];
    expect(verdict(finished(killing, { ClientStatus: "complete", DesiredStatus: "stop" }), context()).kind).toBe(
      "stopped",
    );
    const moved = { ClientStatus: "complete", DesiredStatus: "stop", DesiredTransition: { Migrate: true } } as const;
    expect(verdict(finished(killing, moved), context({ triggers: ["node-drain"] })).kind).toBe("drained");
    expect(verdict(finished(killing, moved), context({ triggers: ["alloc-stop"] })).kind).toBe("stopped");
    expect(verdict(finished(killing, { DesiredStatus: "evict" }), context()).kind).toBe("preempted");
    // Purged: the allocation is never heard of again.
    const purged = context({ triggers: ["job-register", "job-deregister"] });
    expect(verdict(allocation({ ClientStatus: "running" }), purged).kind).toBe("stopped");
    expect(verdict(finished([terminated(0)], { ClientStatus: "complete" }), purged).kind).toBe("succeeded");
    expect(verdict(allocation({ ClientStatus: "lost" }), context())).toMatchObject({ kind: "lost", retriable: true });
    // Its node stayed silent for as long as the launcher waits.
    expect(verdict(allocation({ ClientStatus: "unknown" }), context()).kind).toBe("lost");
  });

  it("knows the launcher's own stops first", () => {
    const killed = finished([{ Type: "Killing" }, terminated(143, 15), { Type: "Killed" }], { DesiredStatus: "stop" });
    expect(verdict(killed, context({ stoppedFor: "time-limit" })).sentence).toContain("time limit of 2 min");
    expect(verdict(killed, context({ stoppedFor: "cancelled" })).kind).toBe("stopped");
  });

  it("repeats the driver's own words when the task never started", () => {
    const failed = finished([
      { Type: "Driver Failure", DriverError: "exec: no such file" },
      { Type: "Not Restarting" },
    ]);
    expect(verdict(failed, context())).toMatchObject({
      kind: "driver-failed",
      sentence: "The task could not be started by driver docker: exec: no such file.",
    });
  });
});
