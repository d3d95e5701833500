import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { checkConfig } from "../../../src/core/config/check-config.js";
import { textFile } from "../../../src/core/config/config-file.js";
import { Host } from "../../../src/core/host/host.js";
import { loadPlugins } from "../../../src/core/host/load-plugins.js";
import { builtinPlugins } from "../../../src/index.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { site } from "../../support/builders.js";
import { silentLogger } from "../../support/silent-logger.js";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const plugin = (name: string, rest: string) =>
  `export const plugin = { name: ${JSON.stringify(name)}, apiVersion: "1", ${rest} };`;

/** What each plugin does wrong at start-up, and what is said of it. */
const wrong: [file: string, source: string, said: RegExp][] = [
  ["clash.mjs", plugin("clash", 'setup(on) { on.watcher("poll", () => ({})); }'), /metaflow-nomad\/transports and clash \(.*both register the watch poll\. Remove one/],
  ["old.mjs", plugin("old", "setup() {}").replace('"1"', '"0"'), /old \(.*written for API version "0", this host has "1"/],
  ["lonely.mjs", plugin("lonely", 'requires: ["nobody"], setup() {}'), /lonely \(.*it requires nobody, which cannot be used or is listed nowhere/],
  ["throws.mjs", plugin("throws", 'setup() { throw new Error("boom"); }'), /throws \(.*failed in its setup: boom\. That is the plugin's own mistake/],
  ["string.mjs", plugin("string", 'setup() { throw "no"; }'), /string \(.*failed in its setup: no\./],
  ["loops.mjs", plugin("loops", "setup() { for (;;); }"), /loops\.mjs \(.*could not be loaded: its setup has not ended after 5 s/],
  ["stuck.mjs", "for (;;);", /stuck\.mjs \(.*could not be loaded: its module is not loaded after 5 s/],
  ["waits.mjs", plugin("waits", "async setup() { await new Promise(() => {}); }"), /waits \(.*its setup waits \(it returns a promise\)/],
  ["ring-a.mjs", plugin("ring-a", 'requires: ["ring-b"], setup() {}'), /ring-a \(.*a circle of plugins that require each other: ring-a -> ring-b -> ring-a/],
  ["ring-b.mjs", plugin("ring-b", 'requires: ["ring-a"], setup() {}'), /ring-b \(/],
  ["twice.mjs", plugin("twice", 'setup(on) { const d = { name: "x", capabilities: {}, toConfig() {} }; on.driver(d); on.driver(d); }'), /twice \(.*it registers the driver x twice/],
  ["shape.mjs", plugin("shape", 'setup(on) { on.feature({ name: "x" }); }'), /shape \(.*its feature x has no function contribute/],
]; // prettier-ignore

/** Opens a host as the command line does: a config file that lists them all. */
async function open(required: boolean): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "hostile-"));
  folders.push(folder);
  for (const [file, source] of wrong) await writeFile(join(folder, file), source);
  const uses = wrong.map(([file]) => `  - { use: ./${file}, required: ${String(required)} }`);
  const sites = 'sites: { lab: { address: "http://127.0.0.1:1" } }';
  const config = textFile(join(folder, "metaflow-nomad.config.yaml"), ["plugins:", ...uses, sites].join("\n"));
  const entries = (checkConfig(config).plugins ?? []).map((entry, index) => ({
    use: (entry as { use: string }).use,
    required,
    place: `${config.file}:${config.place(["plugins", index])}`,
  }));
  const { plugins } = await loadPlugins(entries, config.file, { patienceMs: 5_000 });
  const parts = { sites: { lab: site() }, defaultSite: "lab", clock: new ManualClock(), logger: silentLogger };
  return new Host({ ...parts, plugins: [...builtinPlugins, ...plugins] });
}

it("names all that cannot be used in one report, each with its file, line and cure", async () => {
  const error = await open(true).then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  const [head = "", ...lines] = (error?.message ?? "").split("\n");
  expect(head).toBe(`${String(wrong.length)} plugins cannot be used:`);
  expect(lines.pop()).toBe("Nothing was submitted.");
  expect(lines).toHaveLength(wrong.length);
  for (const [index, [file, , said]] of wrong.entries()) {
    const line = lines.find((one) => one.includes(`./${file}`));
    expect(line).toMatch(said);
    expect(line).toContain(`metaflow-nomad.config.yaml:${String(index + 2)}:`);
  }
}, 60_000);

it("goes on without those that are not required, and says so of each", async () => {
  await using host = await open(false);
  expect(host.warnings).toHaveLength(wrong.length);
  for (const warning of host.warnings) expect(warning).toMatch(/The run goes on without it\.$/);
  expect([...host.plugins.keys()]).toEqual(builtinPlugins.map(({ name }) => name));
}, 60_000);
