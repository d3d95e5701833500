import { describe, expect, it } from "vitest";
import type { Sibling } from "../../../src/core/launch/sibling-failure.js";
import { siblingTroubles } from "../../../src/core/launch/sibling-failure.js";
import { verdict } from "../../../src/core/launch/verdict.js";
import type { Allocation, TaskEvent } from "../../../src/core/model/allocation.js";
import { createDockerDriver } from "../../../src/drivers/docker.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { allocation, request } from "../../support/builders.js";

const sibling = (name: string, role: string, driver = createRawExecDriver()): Sibling => ({
  name,
  role,
  driver,
  request: request(),
});
const state = (Failed: boolean, ...events: Partial<TaskEvent>[]) => ({
  State: "dead" as const,
  Failed,
  Events: events.map((event) => ({ Type: "Received", Time: 1, ...event })),
});
const blamed = (failed_sibling: string) => ({ Type: "Sibling Task Failed", Details: { failed_sibling } });
const ended = (ExitCode: number, more: Partial<TaskEvent> = {}) => ({ Type: "Terminated", ExitCode, ...more });
const killing = { Type: "Killing", DisplayMessage: "Sent interrupt. Waiting 2s before force killing" };

function judge(TaskStates: NonNullable<Allocation["TaskStates"]>, ...siblings: Sibling[]) {
  const over = allocation({ ClientStatus: "failed", TaskStates });
  return verdict(over, {
    request: request({ timeoutSeconds: 60 }),
    driver: createRawExecDriver(),
    task: "main",
    memory: 100,
    triggers: ["job-register"],
    siblings,
  });
}

/** Events as seen on Nomad 1.11.0 and 1.7.7. */
describe("a failure of a task around the step", () => {
  it("that kept the step from starting is named, with its command for the output", () => {
    const states = { main: state(false, blamed("fetch"), killing), fetch: state(true, { Type: "Started" }, ended(3)) };
    expect(judge(states, sibling("fetch", "prestart task"))).toMatchObject({
      kind: "failed",
      sentence: "The prestart task fetch exited with code 3, so the step did not start.",
      advice: "See its output: nomad alloc logs alloc-1 fetch (with -stderr for its errors).",
    });
  });

  it("that ended the step is named, not the signal the step got", () => {
    const main = state(false, { Type: "Started" }, blamed("db"), killing, ended(137, { Signal: 9 }), {
      Type: "Killed",
    });
    const db = state(true, ended(0));
    const found = judge({ main, db }, sibling("db", "sidecar"));
    expect(found.sentence).toBe("The sidecar db exited with code 0, and Nomad then ended the step.");
    expect(found.advice).toContain("must last as long as the step");
    expect(found).not.toHaveProperty("exitCode");
    const memory = state(true, ended(137, { Signal: 9, Details: { oom_killed: "true" } }));
    expect(judge({ main, db: memory }, sibling("db", "sidecar")).sentence).toContain("db ran out of memory");
  });

  it("is put in its own driver's words where it never ran", () => {
    const main = state(false, blamed("fetch"), killing);
    const event = { Type: "Driver Failure", DriverError: 'binary "/no/such" could not be found' };
    expect(judge({ main, fetch: state(true, event) }, sibling("fetch", "prestart task"))).toMatchObject({
      kind: "driver-failed",
      sentence:
        "The prestart task fetch failed, so the step did not start. The command /no/such does not exist on the node.",
    });
    const pull = { Type: "Driver Failure", DriverError: "Failed to pull `x:1`: manifest unknown" };
    const pulled = { main: state(false, blamed("db"), killing), db: state(true, pull) };
    expect(judge(pulled, sibling("db", "sidecar", createDockerDriver())).kind).toBe("image-pull");
    const odd = { Type: "Driver Failure", DriverError: "boom" };
    const found = judge({ main, fetch: state(true, odd) }, sibling("fetch", "prestart task"));
    expect(found.sentence).toBe("The prestart task fetch failed, so the step did not start. Driver raw_exec: boom.");
  });

  it("after a step that went well is a trouble, not the outcome", () => {
    const states = { main: state(false, { Type: "Started" }, ended(0)), cleanup: state(true, ended(6)) };
    const cleanup = sibling("cleanup", "poststop task");
    expect(judge(states, cleanup)).toMatchObject({ kind: "succeeded", exitCode: 0 });
    const [trouble, ...more] = siblingTroubles(allocation({ TaskStates: states }), [cleanup]);
    expect(trouble).toContain("The poststop task cleanup exited with code 6, after the step had ended.");
    expect(more).toEqual([]);
    const running = allocation({ TaskStates: { ...states, cleanup: { ...state(false), State: "running" } } });
    expect(siblingTroubles(running, [cleanup])).toEqual([
      "The poststop task cleanup still runs, and is left to Nomad.",
    ]);
  });
});

describe("a template that cannot be rendered", () => {
  const failed = (reason: string) =>
    judge({ main: state(true, { Type: "Killing", DisplayMessage: `Template failed: ${reason}` }) });

  it("says in words which secret is missing", () => {
    const reason =
      'error calling parseInt: parseInt: strconv.ParseInt: parsing "the Nomad variable a has nothing under b": invalid syntax';
    expect(failed(reason)).toMatchObject({
      kind: "failed",
      retriable: false,
      sentence: "A secret of the task is not there: the Nomad variable a has nothing under b.",
    });
  });

  it("repeats Nomad's words else", () => {
    expect(failed("(dynamic): parse: bad").sentence).toBe("A template could not be rendered: (dynamic): parse: bad.");
  });
});
