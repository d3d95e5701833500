import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { runJob } from "./run-job.js";

const print = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))";
const drivers = [
  { driver: "raw_exec", python: "/usr/bin/python3" },
  { driver: "exec", python: "/usr/bin/python3" },
  { driver: "docker", python: "python3", image: TEST_IMAGE },
] as const;

const texts = [
  "", " ", "a b", "'", '"', "\\", "\\n", "`id`", "$", "$$", "$X", "${", "${}", "${X}", "${PATH}", "${node.unique.id}", "${attr.kernel.name}",
  "$${X}", "$$${X}", "$$$${X}", "%", "%%", "%{", "%{if true}x%{endif}", "%%{x}", "%%%{x}", "$%{x}", "%${x}", "${T:0:26}", "${X:+y}", "${X:-${Y}}",
  "${~x~}", '${"a"}', "a\nb", "\n", "\r\n", "\r", "\r${x}", "\r$${x}", "\t\b\f\u0001\u001f\u007f\u0085", "\uFEFFbom", "x\uFEFF", "\u2028\u2029",
  "é", "e\u0301", "e\u0301\n${x}\n", "Å\u212b", "😀", "👩‍👩‍👧", "{{ x }}", "<<EOF\nx\nEOF", "#{x}", "/* x */", "// x", "=", "a=b", "--", "-c", "🇩🇪$🇩🇪{", "x".repeat(100_000),
]; // prettier-ignore
const unit = fc.constantFrom(
  ..."$$%%{{}}\"'\\\r\n\t ~#aZ0",
  "é",
  "e\u0301",
  "😀",
  "\uFEFF",
  "\u2028",
  "<<",
  "${",
  "%{",
  "$${",
  "${PATH}",
);
const random = fc.sample(
  fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })),
  { numRuns: 1500, seed: 20261121 },
);
const usable = random.filter((text) => text.isWellFormed() && !text.includes("\0"));

describe.each(["1.11.0", "1.7.7"])("on Nomad %s", (version) => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await startAgent({ version, exec: true, docker: true, quiet: true });
  });
  afterAll(() => agent?.stop());

  async function seen(
    over: object,
    argv: string[],
    env: Record<string, string> = {},
  ): Promise<[string[], Record<string, string>]> {
    const { python, ...driver } = over as (typeof drivers)[number];
    // Nomad's collector of docker logs may lose the end of so long a line; its log pipe does not.
    const pipe = `import os, sys; sys.stdout = open(os.environ["NOMAD_ALLOC_DIR"] + "/logs/.main.stdout.fifo", "w")\n`;
    const code = driver.driver === "docker" ? pipe + print : print;
    const ran = await runJob(agent, { ...driver, argv: [python, "-c", code, ...argv], env });
    expect(ran.events.at(-1)?.DisplayMessage, ran.stderr).toContain("Exit Code: 0");
    return JSON.parse(ran.stdout) as [string[], Record<string, string>];
  }

  it.each(drivers)("arguments reach $driver byte for byte", async (driver) => {
    expect((await seen(driver, texts))[0]).toEqual(texts);
  });

  it("so do random ones", async () => {
    for (let from = 0; from < usable.length; from += 500) {
      const some = usable.slice(from, from + 500);
      expect((await seen(drivers[0], some))[0]).toEqual(some);
    }
  });

  it.each(drivers)("values of the environment reach $driver byte for byte", async (driver) => {
    const env = Object.fromEntries(texts.map((text, index) => [`T_${index}`, text.slice(0, 40_000)]));
    const odd = { "BASH_FUNC_x%%": "() { :; }", "a b": "c", "x.y": "z", é: "ö" };
    expect((await seen(driver, [], { ...env, ...odd }))[1]).toMatchObject({ ...env, ...odd });
  });

  it("so do random ones, and the longest a template may hold", async () => {
    for (let from = 0; from < usable.length; from += 500) {
      const env = Object.fromEntries(usable.slice(from, from + 500).map((text, index) => [`R_${index}`, text]));
      expect((await seen(drivers[0], [], env))[1]).toMatchObject(env);
    }
    const longest = `\${PATH}${"x".repeat(65_535 - 'L="${PATH}"'.length)}`;
    expect((await seen(drivers[0], [], { L: longest }))[1]["L"]).toBe(longest);
  });

  it("nomadEnv is what Nomad fills in", async () => {
    const nomadEnv = { NODE: "${node.unique.id}", JOB: "<${NOMAD_JOB_NAME}>" };
    const ran = await runJob(agent, { argv: [drivers[0].python, "-c", print], nomadEnv, jobName: "named" });
    expect((JSON.parse(ran.stdout) as unknown[])[1]).toMatchObject({ NODE: agent.nodeId, JOB: "<named>" });
  });
});
