import { describe, expect, it } from "vitest";
import { exitOf } from "../../../src/client/jobs/batch-exit.js";
import { describeDiff } from "../../../src/client/jobs/describe-diff.js";
import { readJob } from "../../../src/client/jobs/job-file.js";
import { variablesText } from "../../../src/client/jobs/job-variables.js";
import {
  type AllocationListStub,
  createNomadClient,
  type JobDiff,
  regionJob,
  regionsOf,
} from "../../../src/client/index.js";

const nomad = createNomadClient({ env: {} });

describe("variablesText", () => {
  const jobFile = 'variable "list" {\n  type = list(string)\n}\nvariable "name" {}\n';

  it("lets a later one win, though it goes over many lines", () => {
    const files = ['list = [\n  "a", # ]\n  "b",\n]\nname = "x"', 'name = <<EOT\nlist = "no"\nEOT\n'];
    const text = variablesText({ files, values: { list: '["c"]' } }, jobFile);
    expect(text).toBe('list = ["c"]\nname = <<EOT\nlist = "no"\nEOT\n');
  });

  it("keeps a text literal, whatever is in it", () => {
    expect(variablesText({ values: { name: '${env} %{if} "q"\n[' } }, jobFile)).toBe(
      'name = "$${env} %%{if} \\"q\\"\\n["',
    );
  });
});

describe("readJob", () => {
  it("takes JSON and YAML, alone or under Job, with durations as text", async () => {
    const yaml = "Job:\n  ID: a\n  Update: { MinHealthyTime: 30s }\n  Meta: { Timeout: 5s }\n";
    const { job } = await readJob(nomad, yaml, { format: "yaml" });
    expect(job).toEqual({ ID: "a", Update: { MinHealthyTime: 30e9 }, Meta: { Timeout: "5s" } });
    const bare = await readJob(nomad, '{"ID":"a","Update":{"Stagger":1}}', { format: "json" });
    expect(bare.job).toEqual({ ID: "a", Update: { Stagger: 1 } });
  });

  it.each([
    ["json", "{", "cannot be read"],
    ["yaml", "a: [", "cannot be read"],
    ["json", '{"Job":{}}', "no job with an ID"],
  ] as const)("refuses %s like %s", async (format, text, said) => {
    await expect(readJob(nomad, text, { format })).rejects.toThrow(said);
  });

  it("refuses variables where the format knows none", async () => {
    await expect(readJob(nomad, "{}", { format: "json", values: { a: "b" } })).rejects.toThrow(
      "a job in JSON has none",
    );
  });
});

describe("describeDiff", () => {
  it("shows what changes, and nothing else", () => {
    const none = { Type: "None", Annotations: null };
    const edited = { Type: "Edited", Name: "CPU", Old: "100", New: "200", Annotations: ["in-place update"] };
    const objects = [{ Type: "Edited", Name: "Resources", Fields: [edited, { ...edited, ...none }], Objects: null }];
    const task = { Type: "Edited", Name: "t", Fields: [], Objects: objects, Annotations: ["forces update"] };
    const group = { Type: "Edited", Name: "g", Fields: [], Objects: null, Tasks: [task], Updates: { create: 1 } };
    const diff: JobDiff = { Type: "Edited", ID: "j", Fields: [], Objects: null, TaskGroups: [group] };
    expect(describeDiff(diff).join("\n")).toBe(
      [
        "+/- Job j",
        "  +/- Group g (1 create)",
        "    +/- Task t (forces update)",
        "      +/- Resources {",
        '        +/- CPU: "100" => "200" (in-place update)',
        "      }",
      ].join("\n"),
    );
  });
});

describe("regions of a job", () => {
  const east = { Name: "east", Count: 3, Datacenters: ["dc-e"], NodePool: "gpu", Meta: { a: "2" } };
  const Multiregion = { Strategy: { MaxParallel: 1, OnFailure: "fail_all" }, Regions: [east, { Name: "west" }] };

  it("are those of its block, or those that are named", () => {
    expect(regionsOf({ Multiregion })).toEqual({
      regions: [east, { Name: "west" }],
      maxParallel: 1,
      onFailure: "fail_all",
    });
    const asked = { regions: ["north", "east"], maxParallel: 0, onFailure: "fail_local" };
    expect(regionsOf({ Multiregion }, asked)).toEqual({ ...asked, regions: [{ Name: "north" }, east] });
  });

  it.each([[[]], [["a", "a"]], [["a", ""]]])("are refused where they are %j", (regions) => {
    expect(() => regionsOf({}, { regions })).toThrow(expect.objectContaining({ code: "NOMAD_E_REQUEST_INVALID" }));
  });

  it("give it what is theirs; a group that has a count keeps it", () => {
    const groups = [{ Name: "g", Count: 0 }, { Name: "h", Count: 5 }, { Name: "i" }];
    const job = { ID: "j", Datacenters: ["*"], Meta: { a: "1", b: "1" }, Multiregion, TaskGroups: groups };
    expect(regionJob(job, east)).toEqual({
      ID: "j",
      Region: "east",
      Datacenters: ["dc-e"],
      NodePool: "gpu",
      Meta: { a: "2", b: "1" },
      TaskGroups: [{ Name: "g", Count: 3 }, { Name: "h", Count: 5 }, { Name: "i" }],
    });
    expect(regionJob(job, { Name: "west" })).toMatchObject({ Datacenters: ["*"], TaskGroups: groups });
  });
});

describe("exitOf", () => {
  const allocation = (facts: Partial<AllocationListStub>): AllocationListStub =>
    ({
      ID: "12345678-",
      Name: "j.g[0]",
      NodeID: "n",
      CreateIndex: 1,
      ClientStatus: "complete",
      NextAllocation: "",
      ...facts,
    }) as AllocationListStub;
  const failed = {
    State: "dead",
    Failed: true,
    Events: [{ Type: "Terminated", ExitCode: 7, DisplayMessage: "Exit Code: 7" }],
  };
  const bad = allocation({ ClientStatus: "failed", TaskStates: { t: failed } as never });

  it("counts the newest of each", () => {
    expect(exitOf([bad, allocation({ CreateIndex: 2 })])).toEqual({ code: 0, reason: "complete: 1 allocation" });
  });

  it("has the exit code of the task that failed, and says which", () => {
    expect(exitOf([allocation({}), { ...bad, Name: "j.g[1]" }])).toEqual({
      code: 7,
      reason: "allocation 12345678 failed; task t: Exit Code: 7",
    });
  });

  it("is no success without an allocation, nor with a lost one", () => {
    expect(exitOf([]).code).toBe(1);
    expect(exitOf([allocation({ ClientStatus: "lost", TaskStates: null })]).code).toBe(1);
  });
});
