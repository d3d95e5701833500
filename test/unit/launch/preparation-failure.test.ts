import { describe, expect, it } from "vitest";
import type { TaskEvent } from "../../../src/core/model/allocation.js";
import { verdict } from "../../../src/core/launch/verdict.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { finished, request } from "../../support/builders.js";

const judge = (events: readonly Partial<TaskEvent>[], Restarts = 0) => {
  const allocation = finished(events);
  const main = { ...allocation.TaskStates!["main"]!, Restarts };
  const context = { request: request(), driver: createRawExecDriver(), task: "main", memory: 64, triggers: [] };
  return verdict({ ...allocation, TaskStates: { main } }, context);
};
const artifact = (why: string): Partial<TaskEvent> => ({
  Type: "Failed Artifact Download",
  DisplayMessage: `failed to download artifact "http://a/b": ${why}`,
});
const killing = (DisplayMessage: string): Partial<TaskEvent> => ({ Type: "Killing", DisplayMessage });

/** Texts as Nomad 1.11.0 and 1.7.7 gave them. */
describe("what failed before the task could start", () => {
  it.each<[Partial<TaskEvent>, string, boolean]>([
    [
      artifact("getter subprocess failed: exit status 1: bad response code: 404"),
      "The artifact http://a/b could not be fetched: getter subprocess failed: exit status 1: bad response code: 404.",
      false,
    ],
    [artifact("dial tcp: connection refused"), "could not be fetched: dial tcp: connection refused.", true],
    [killing('Template failed: (dynamic): parse: template: :1: function "x" not defined'), 'function "x" not', false],
    [killing("Template failed: vault.read(secret/x): no secret exists"), "rendered: vault.read(secret/x): no", true],
    [killing("Template failed to read environment variables: error parsing env"), "rendered: failed to read", false],
    [
      {
        Type: "Task hook failed",
        DisplayMessage: "template: failed to read template: exit status 1: open /main/x: no such file or directory\n",
      },
      "A template could not be rendered: exit status 1: open /main/x: no such file or directory.",
      false,
    ],
  ])("is named: %j", (event, sentence, retriable) => {
    const found = judge([{ Type: "Received" }, event, { Type: "Not Restarting" }]);
    expect(found).toMatchObject({ kind: "failed", retriable, sentence: expect.stringContaining(sentence) as string });
    expect(found).not.toHaveProperty("exitCode");
  });

  it("leaves other hooks to Nomad's own words", () => {
    const said = 'volumes: task driver "x" for "data" does not support host volumes';
    expect(judge([{ Type: "Task hook failed", DisplayMessage: said }]).sentence).toContain(said);
  });

  it("is no longer of interest once the task ran", () => {
    const events = [artifact("once"), { Type: "Restarting" }, { Type: "Started" }, { Type: "Terminated", ExitCode: 0 }];
    expect(judge(events, 1)).toMatchObject({ kind: "succeeded" });
  });
});

describe("a restarted task", () => {
  it("ended as its last run did", () => {
    const events = [
      { Type: "Terminated", ExitCode: 1 },
      { Type: "Restarting" },
      { Type: "Driver Failure", DisplayMessage: "gone" },
    ];
    expect(judge(events, 1)).toMatchObject({
      kind: "driver-failed",
      sentence: expect.stringContaining("gone") as string,
    });
  });

  it("is told with the number of its restarts, where it failed", () => {
    const end = { Type: "Terminated", ExitCode: 7 };
    expect(judge([end], 2).sentence).toBe("The task exited with code 7, after 2 restarts.");
    expect(judge([end], 0).sentence).toBe("The task exited with code 7.");
  });
});
