import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { completionCommand, wordsOf } from "../../../src/cli/completion-command.js";
import { pickToStop } from "../../../src/cli/pick-to-stop.js";
import { createProgram } from "../../../src/cli/program.js";
import { columnsOf, cutTo } from "../../../src/core/listing/columns-of.js";
import { layOut } from "../../../src/core/listing/lay-out.js";
import { writeSubmitter } from "../../../src/core/sweep/submitter.js";

const self = { host: "h", machine: "m", boot: "b", pidns: "p", pid: "1", start: "2", uid: "3" };
const mark = (uid: string) => ({ metaflow_nomad_submitter: writeSubmitter({ ...self, pid: "9", uid }) });
const jobs = [
  { ID: "flow-1", Meta: { "metaflow.user": "ada", "metaflow.run_id": "1" } },
  { ID: "flow-12", Meta: { "metaflow.user": "bob", "metaflow.run_id": "12" } },
  { ID: "flow-2", Meta: mark("3") },
  { ID: "flow-3", Meta: mark("4") },
];
const ask = (question: Partial<Parameters<typeof pickToStop>[1]>) => {
  const { chosen, others } = pickToStop(jobs, { ids: [], yes: false, ...question }, { user: "ada", process: self });
  return [chosen.map(({ ID }) => ID), others.map(({ ID }) => ID)];
};

describe("pickToStop", () => {
  it("leaves other people's jobs alone", () => {
    expect(ask({ ids: ["flow-"] })).toEqual([
      ["flow-1", "flow-2"],
      ["flow-12", "flow-3"],
    ]);
  });
  it("takes them with --yes, or where their user is named", () => {
    expect(ask({ ids: ["flow-"], yes: true })[0]).toHaveLength(4);
    expect(ask({ user: "bob" })).toEqual([["flow-12"], []]);
  });
  it("means one job by a whole ID", () => expect(ask({ ids: ["flow-1"] })).toEqual([["flow-1"], []]));
  it("takes an empty beginning for none", () => expect(ask({ ids: [""] })).toEqual([[], []]));
  it("knows runs", () => expect(ask({ run: "1" })).toEqual([["flow-1"], []]));
});

describe("completion", () => {
  it("knows every command that the help shows, with its options", () => {
    const all = new Map(wordsOf(createProgram()).map(({ path, words }) => [path, words.map(({ word }) => word)]));
    expect(all.get("")).toEqual(expect.arrayContaining(["ls", "job", "stop"]));
    expect(all.get("")).not.toContain("host");
    expect(all.get("job plan")).toEqual(expect.arrayContaining(["--var", "--var-file", "--site"]));
  });

  it("completes in a real bash", async () => {
    const script = await written("bash");
    const complete = (...words: string[]) => {
      const list = words.map((word) => `"${word}"`).join(" ");
      const ask = `COMP_WORDS=(${list}); COMP_CWORD=${String(words.length - 1)}; _metaflow_nomad; echo "\${COMPREPLY[*]}"`;
      return spawnSync("bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" }).stdout.trim();
    };
    expect(complete("metaflow-nomad", "comp")).toBe("completion");
    expect(complete("metaflow-nomad", "job", "pl")).toBe("plan");
    expect(complete("metaflow-nomad", "job", "dispatch", "--id")).toBe("--idempotency-token --id-prefix");
  });

  it.each(["zsh", "fish"])("has a line for each command in %s", async (shell) => {
    const script = await written(shell);
    for (const { path } of wordsOf(createProgram())) expect(script).toContain(`"${path}"`);
  });
});

/** What the command writes out. */
async function written(shell: string): Promise<string> {
  const parts: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string) => parts.push(text) > 0;
  try {
    await completionCommand(shell, createProgram());
  } finally {
    process.stdout.write = write;
  }
  return parts.join("");
}

describe("columns", () => {
  it.each([
    ["abc", 3],
    ["漢字", 4],
    ["e\u0301", 1],
    ["👩‍👩‍👧", 2],
    ["é", 1],
  ])("%s takes %i", (text, columns) => expect(columnsOf(text)).toBe(columns));

  it("cuts between characters, and never over the edge", () => {
    expect([cutTo("漢字漢字", 6), cutTo("abc", 3), cutTo("abcd", 3)]).toEqual(["漢字…", "abc", "ab…"]);
    expect(columnsOf(cutTo("漢字漢字", 6))).toBeLessThanOrEqual(6);
  });

  it("lays wide cells out under each other", () => {
    expect(
      layOut(
        [
          ["漢", "x"],
          ["abc", "y"],
        ],
        { right: [0] },
      ),
    ).toEqual([" 漢  x", "abc  y"]);
  });
});
