import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { configSchemaCommand } from "../../../src/cli/config-schema-command.js";
import { pluginCommand } from "../../../src/cli/plugin-command.js";
import { openHostHere } from "../../../src/cli/open-host.js";

/** A plugin with options, settings of a site and commands, as docs/writing-a-plugin.md has them. */
const source = `import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
const run = (args, { site, write }) => { write(site(args[0]).site.extensions.acme.dataCentre + "\\n"); return 3; };
export const acme = {
  name: "acme", apiVersion: "1",
  options: z.strictObject({ costCentre: z.string().default("none").meta({ description: "Who pays." }) }),
  setup(on) {
    on.config({ key: "acme", schema: z.strictObject({ dataCentre: z.string() }) });
    on.command({ name: "where", description: "tells", run });
    on.command({ name: "odd", description: "returns no code", run: () => "fine" });
    on.command({ name: "broken", description: "throws", run: () => { throw "no"; } });
  },
};`;

let folder = "";
let said = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mfn-command-"));
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said += String(text)), true));
  await writeFile(join(folder, "acme.mjs"), source);
  await configure("{ acme: { dataCentre: fra } }");
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function configure(extensions: string): Promise<void> {
  const file = join(folder, "site.yaml");
  const site = `{ address: "http://127.0.0.1:1", extensions: ${extensions} }`;
  await writeFile(file, `plugins:\n  - ./acme.mjs\nsites:\n  lab: ${site}\n`);
  vi.stubEnv("METAFLOW_NOMAD_CONFIG", file);
}

it("runs a plugin's command with the settings of a site; its number is the exit code", async () => {
  expect(await pluginCommand("where", [])).toBe(3);
  expect(said).toBe("fra\n");
  expect(await pluginCommand("nowhere", [])).toBeUndefined();
});

it("names the plugin of a command that throws or returns no code", async () => {
  await expect(pluginCommand("odd", [])).rejects.toThrow('Plugin acme failed in its command odd: it returned "fine"');
  await expect(pluginCommand("broken", [])).rejects.toThrow("Plugin acme failed in its command broken: no.");
});

it.each([
  [
    "{ acme: { dataCenter: fra } }",
    /site\.yaml, 4:\d+ \(sites\.lab\.extensions\.acme\): plugin acme refuses it: .*dataCent/,
  ],
  ["{ acmee: {} }", /site\.yaml, 4:\d+ \(sites\.lab\.extensions\.acmee\): no plugin knows .* did you mean acme\?/],
])("tells where the settings %s of a site are not right", async (extensions, sentence) => {
  await configure(extensions);
  await expect(openHostHere()).rejects.toThrow(sentence);
});

it("config schema: what plugins add is in it, though a site's settings are not right yet", async () => {
  await configure("{ acme: {} }");
  expect(await configSchemaCommand()).toBe(0);
  const acme = { properties: { dataCentre: { type: "string" } }, required: ["dataCentre"] };
  const options = { properties: { costCentre: { type: "string" } } };
  expect(JSON.parse(said)).toMatchObject({
    properties: {
      sites: { additionalProperties: { properties: { extensions: { properties: { acme } } } } },
      plugins: { items: { allOf: [{ then: { properties: { options } } }] } },
    },
  });
  expect(said).toContain("Who pays.");
});
