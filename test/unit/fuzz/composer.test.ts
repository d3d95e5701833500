import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import type { Job } from "../../../src/core/model/job.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { composeJob } from "../../support/compose.js";
import { fuzz } from "../../support/fuzz.js";
import { readEnvironment, readTemplate } from "../../support/hcl-oracle.js";

const piece = fc.constantFrom(
  ..."$$%%{{}}\"'\\\r\n\t ~#aZ09=.",
  ...[
    "é",
    "e\u0301",
    "😀",
    "\uFEFF",
    "\u2028",
    "\u0085",
    "<<",
    "${",
    "%{",
    "$${",
    "${PATH}",
    "${node.unique.id}",
    "{{ x }}",
    "%%{",
  ],
);
const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: piece, maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);
const name = fc.oneof(
  { weight: 9, arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/) },
  { weight: 1, arbitrary: text },
);
const driver = fc.constantFrom("raw_exec", "exec", "docker");
const asked = fc.record({
  driver,
  argv: fc
    .tuple(fc.constantFrom("run", "/bin/${x}", "é"), fc.array(text, { maxLength: 5 }))
    .map(([first, rest]) => [first, ...rest]),
  env: fc.dictionary(name, text, { maxKeys: 4 }),
  meta: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), text, { maxKeys: 2 }),
  resources: fc.record({ cpu: fc.integer({ min: 1, max: 5_000 }), memory: fc.integer({ min: 10, max: 5_000 }) }),
});

interface Process {
  readonly command?: string;
  readonly entrypoint?: readonly string[];
  readonly args?: readonly string[];
}

/** The words of the process that a job starts, as its driver reads them. */
function wordsOf({ TaskGroups: [group] }: Job): string[] {
  const { command, entrypoint = [], args = [] } = group.Tasks[0].Config as Process;
  const words = [...(command === undefined ? entrypoint : [command]), ...args].map(readTemplate);
  const [, , script = "", , ...carried] = words;
  return words[0] === "/bin/sh" && script.includes("=$(printf '") ? unfold(script, carried) : words;
}

/** What the shell does with words that travel as octal numbers. */
function unfold(script: string, carried: readonly string[]): string[] {
  const bytes = (octal: string) =>
    Buffer.from(
      octal
        .split("\\")
        .slice(1)
        .map((digits) => parseInt(digits, 8)),
    );
  const numbered = [...script.matchAll(/a(\d+)=\$\(printf '([^']*)x'\)/g)];
  const known = new Map(numbered.map(([, at = "", octal = ""]) => [Number(at), bytes(octal).toString("utf8")]));
  return carried.map((word, at) => known.get(at) ?? word);
}

const whole = (value: string) => value.isWellFormed() && !value.includes("\0");

/** Whether Nomad and Linux can carry all of it at all. */
function isPossible({ argv, env, meta }: Pick<LaunchRequest, "argv" | "env" | "meta">): boolean {
  const names = Object.keys(env);
  return (
    [...argv, ...names, ...Object.values(env), ...Object.values(meta)].every(whole) &&
    names.every((key) => /^[A-Za-z_]\w*$/.test(key))
  );
}

describe("any request", () => {
  it("is composed so that every word and every variable reaches the process as it is, or refused with a code", () => {
    const outcomes = { composed: 0, refused: 0 };
    fc.assert(
      fc.property(asked, (request) => {
        let job: Job;
        try {
          job = composeJob({ ...request, ...(request.driver === "docker" && { image: "acme/app:1" }) });
        } catch (error) {
          expect(error).toBeInstanceOf(LauncherError);
          expect((error as LauncherError).code).toMatch(/^NOMAD_E_REQUEST_/);
          expect(isPossible(request), (error as LauncherError).message).toBe(false);
          outcomes.refused += 1;
          return;
        }
        outcomes.composed += 1;
        const [task] = job.TaskGroups[0].Tasks;
        const file = task.Templates?.find(({ Envvars }) => Envvars);
        expect(wordsOf(job)).toEqual(request.argv);
        expect(readEnvironment(task.Env ?? {}, file)).toMatchObject(request.env);
      }),
      fuzz(10_000),
    );
    expect(outcomes.composed).toBeGreaterThan(outcomes.refused);
  }, 120_000);
});
