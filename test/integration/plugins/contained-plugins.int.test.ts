import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FakeNomad, startFakeNomad } from "../../../src/testing/index.js";
import { bundleCli, type CliBundle } from "../../support/cli.js";

let nomad: FakeNomad;
let cli: CliBundle;
let folder: string;

beforeAll(async () => {
  [nomad, cli, folder] = await Promise.all([startFakeNomad(), bundleCli(), mkdtemp(join(tmpdir(), "mfn-stuck-"))]);
  await writeFile(join(folder, "task.yaml"), "command: [echo, hello]\ncpu: 20\nmemory: 20\n");
});
afterAll(async () => {
  await nomad?.[Symbol.asyncDispose]();
  cli?.[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

const feature = (contribute: string) => `registrar.feature({ name: "acme-rule", contribute: ${contribute} })`;

/** Launches a task with a plugin that registers something, by the command line as a process of its own. */
async function launchWith(
  registers: string,
  { level = "warn", more = "", args = ["launch", "task.yaml"], patience = 1.5, also = "" } = {},
) {
  const plugin = `export const plugin = { name: "acme", apiVersion: "1", setup(registrar) { ${registers}; } };\nexport function forever() { for (;;); }\n`;
  await writeFile(join(folder, "acme.mjs"), plugin);
  const site = `plugins: [{ use: ./acme.mjs, patienceSeconds: ${patience} }${also}]\nsites: { lab: { address: "${nomad.address}", driver: raw_exec${more} } }\n`;
  await writeFile(join(folder, "metaflow-nomad.config.yaml"), site);
  const { HOME, PATH } = process.env;
  const env = { HOME, PATH, METAFLOW_NOMAD_LOG_LEVEL: level };
  const child = spawn(process.execPath, [cli.file, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<string | number | null>((resolve) =>
    child.on("close", (code, signal) => resolve(signal ?? code)),
  );
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, end };
}

it.each([
  ["while a job is composed", feature("() => forever()")],
  ["after it has waited", `registrar.credentials("acme", () => ({ origin: "acme", async token() { await null; forever(); }, refresh: async () => false }))`],
])("a loop without end %s is told of with its place, and ends the launcher", async (_when, registers) => {
  const { stderr, end } = await launchWith(registers);
  expect(end).toBe("SIGKILL");
  const at = `forever (${join(folder, "acme.mjs")}:2)`;
  expect(stderr).toMatch(/^Plugin \.\/acme\.mjs \(.*metaflow-nomad\.config\.yaml:1:11\) keeps the launcher busy: for [01] s now, in /);
  expect(stderr).toContain(`failed in ${at}: it has kept the launcher busy for 1.5 s.`);
  expect(stderr).toContain("take the plugin out of `plugins`. The launcher ends itself.\n");
}); // prettier-ignore

it("what takes less than its patience goes on", async () => {
  const slow = "(job) => { const until = Date.now() + 1_000; while (Date.now() < until); return job; }";
  const { stdout, end } = await launchWith(feature(slow));
  expect([stdout, end]).toEqual(["hello\n", 0]);
});

it("a plugin is told of by its own patience, whatever another one's is", async () => {
  await writeFile(join(folder, "hasty.mjs"), 'export const plugin = { name: "hasty", apiVersion: "1", setup() {} };\n');
  const slow = "(job) => { const until = Date.now() + 2_500; while (Date.now() < until); return job; }";
  const also = ", { use: ./hasty.mjs, patienceSeconds: 1 }";
  const { stdout, stderr, end } = await launchWith(feature(slow), { patience: 300, also });
  expect([stdout, end]).toEqual(["hello\n", 0]);
  expect(stderr).not.toContain("keeps the launcher busy");
});

it("what a plugin prints goes to the log with its name: standard output is the task's alone", async () => {
  const printing = feature(
    `(job) => { console.log("hello from %s", "acme"); console.error("oh"); console.table([1]); return job; }`,
  );
  const { stdout, stderr, end } = await launchWith(`console.log("in setup"); ${printing}`, { level: "info" });
  expect([stdout, end], stderr).toEqual(["hello\n", 0]);
  const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
  const logged = lines.map((line) => JSON.parse(line) as { plugin?: string; msg: string; level: number });
  expect(
    logged.filter(({ plugin }) => plugin === "./acme.mjs").map(({ level, msg }) => [level, msg.split("\n")[0]]),
  ).toEqual([
    [30, "in setup"],
    [30, "hello from acme"],
    [40, "oh"],
    [30, expect.stringMatching(/^┌/)],
  ]);
});

it("what a plugin's command prints is for whoever called it", async () => {
  const { stdout } = await launchWith(
    `registrar.command({ name: "where", description: "w", run() { console.log("here"); return 0; } })`,
    { args: ["where"] },
  );
  expect(stdout).toBe("here\n");
});

it.each([
  ["throws in a timer", 'setTimeout(() => { throw new Error("late boom"); }, 1)', "late boom"],
  ["rejects a promise that nobody waits for", 'void Promise.reject(new Error("late boom"))', "late boom"],
  ["waits for what Node rejects, and nobody for it", 'void (async () => { await (await import("node:fs/promises")).readFile("/no/such"); })()', "ENOENT"],
])("a plugin that %s is named in the log, and the task runs", async (_what, registers, said) => {
  const { stdout, stderr, end } = await launchWith(registers);
  expect([stdout, end], stderr).toEqual(["hello\n", 0]);
  const [line = "{}"] = stderr.split("\n").filter((one) => one.startsWith("{"));
  expect(JSON.parse(line)).toMatchObject({ plugin: "./acme.mjs", error: expect.stringContaining(said) as string });
}); // prettier-ignore

it("what a plugin registers after its setup is not taken, and that is logged", async () => {
  const late = 'setTimeout(() => registrar.feature({ name: "late", contribute: () => null }), 1)';
  const { stdout, stderr, end } = await launchWith(late);
  expect([stdout, end], stderr).toEqual(["hello\n", 0]);
  expect(stderr).toMatch(
    /"what":"features","name":"late","plugin":"acme","msg":"too late: a plugin registers everything in its setup, at once"/,
  );
});

it("a plugin may not end the launcher", async () => {
  const { stderr, end } = await launchWith(feature("() => process.exit(0)"));
  expect(end).toBe(1);
  expect(stderr).toMatch(/Plugin \.\/acme\.mjs failed in process\.exit: a plugin may not end the launcher/);
});
