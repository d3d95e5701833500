import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ListedPlugin, loadPlugins } from "../../../src/core/host/load-plugins.js";

const entry = (use: string, over: object = {}) => ({ use, required: true, ...over });

async function folder(files: Record<string, string>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "plugins-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return join(made, "metaflow-nomad.config.yaml");
}

/** Why a plugin cannot be set up. */
function reasonOf(plugin: ListedPlugin): string {
  try {
    plugin.setup({} as never, undefined);
  } catch (error) {
    return (error as Error).message;
  }
  return "it can";
}

describe("loadPlugins", () => {
  it("imports a module beside the config file, be it an ES module or CommonJS", async () => {
    const config = await folder({
      "mine.mjs": "export const minePlugin = { name: 'mine', apiVersion: '1', setup() {} };",
      "old.cjs":
        "const made = { name: 'old', apiVersion: '1', setup() {} }; module.exports = { ['pl' + 'ugin']: made };",
    });
    const { plugins } = await loadPlugins([entry("./mine.mjs"), entry("./old.cjs")], config);
    expect(plugins.map(({ name, source }) => [name, source])).toEqual([
      ["mine", "./mine.mjs"],
      ["old", "./old.cjs"],
    ]);
  });

  it("lists every broken plugin, each with its reason when it is set up", async () => {
    const config = await folder({ "empty.mjs": "export const nothing = 1;" });
    const { plugins } = await loadPlugins(
      ["./empty.mjs", "./absent.mjs", "@no/such-package", "empty.mjs"].map((use) => entry(use)),
      config,
    );
    expect(plugins.map(reasonOf)).toEqual([
      expect.stringContaining("exports no plugin made by definePlugin"),
      expect.stringContaining("absent.mjs"),
      expect.stringContaining("such-package"),
      expect.stringContaining("a file beside the config is written ./empty.mjs"),
    ]);
  });
});

const schemas: [string, string][] = [
  ["zod", 'import { z } from "MODULE"; export const schema = z.strictObject({ size: z.number().default(3) });'],
  [
    "valibot",
    'import * as v from "MODULE"; export const schema = v.strictObject({ size: v.optional(v.number(), 3) });',
  ],
  ["arktype", 'import { type } from "MODULE"; export const schema = type({ "+": "reject", size: "number = 3" });'],
];

describe.each(schemas)("options by %s", { timeout: 60_000 }, (library, source) => {
  const load = async (options?: object) => {
    const config = await folder({
      "schema.mjs": source.replace("MODULE", import.meta.resolve(library)),
      "plugin.mjs": `import { schema as options } from "./schema.mjs";
        export const plugin = { name: "acme", apiVersion: "1", options, setup(on, { size }) { on.transport("size" + size, () => ({})); } };`,
    });
    const { plugins } = await loadPlugins([entry("./plugin.mjs", options && { options })], config);
    return plugins[0]!;
  };
  const registered = async (options?: object) => {
    const names: string[] = [];
    (await load(options)).setup({ transport: (name: string) => names.push(name) } as never, undefined);
    return names;
  };

  it("are read, and handed to the setup", async () => {
    expect([...(await registered({ size: 5 })), ...(await registered())]).toEqual(["size5", "size3"]);
  });

  it("that do not fit are refused, with their place", async () => {
    expect(reasonOf(await load({ size: "large" }))).toMatch(/^The options of plugin acme are not right: .*size/);
    expect(reasonOf(await load({ sise: 1 }))).toMatch(/^The options of plugin acme are not right: .*sise/);
  });
});

describe("options", () => {
  const zod = import.meta.resolve("zod");
  const config = () =>
    folder({
      "zod.mjs": `import { z } from ${JSON.stringify(zod)};
        export const plugin = { name: "with-zod", apiVersion: "1", seen: [], options: z.strictObject({ size: z.number().default(3) }),
          setup(registrar, options) { registrar.transport("size" + options.size, () => ({})); } };`,
      "own.mjs": `const validate = (value) => value.ok ? { value: value.ok } : { issues: [{ message: "Say ok.", path: [{ key: "ok" }] }] };
        export const plugin = { name: "own-schema", apiVersion: "1", options: { "~standard": { version: 1, vendor: "own", validate } },
          setup(registrar, options) { registrar.transport(options, () => ({})); } };`,
      "none.mjs": "export const plugin = { name: 'none', apiVersion: '1', setup() {} };",
    });

  it("are read by the plugin's own schema, whatever made it, and handed to its setup", async () => {
    const listed = [entry("./zod.mjs", { options: { size: 5 } }), entry("./own.mjs", { options: { ok: "yes" } })];
    const { plugins } = await loadPlugins([...listed, entry("./zod.mjs")], await config());
    const names: string[] = [];
    const registrar = { transport: (name: string) => names.push(name) } as never;
    for (const plugin of plugins) plugin.setup(registrar, undefined);
    expect(names).toEqual(["size5", "yes", "size3"]);
  });

  it.each([
    ["./zod.mjs", { size: "large" }, /options of plugin with-zod are not right: size: .*expected number/],
    ["./own.mjs", {}, /options of plugin own-schema are not right: ok: Say ok\.$/],
    ["./none.mjs", { size: 1 }, /options of plugin none are not right: it takes none/],
  ])("of %s that do not fit are refused", async (use, options, sentence) => {
    const { plugins } = await loadPlugins([entry(use, { options })], await config());
    expect(reasonOf(plugins[0]!)).toMatch(sentence);
  });
});
