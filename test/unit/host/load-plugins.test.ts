import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlugins } from "../../../src/core/host/load-plugins.js";

const entry = (use: string, over: object = {}) => ({ use, required: true, ...over });

async function folder(files: Record<string, string>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "plugins-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return join(made, "metaflow-nomad.config.yaml");
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

  it("tells of every broken plugin at once, each with its reason", async () => {
    const config = await folder({ "empty.mjs": "export const nothing = 1;" });
    const failed = loadPlugins(
      ["./empty.mjs", "./absent.mjs", "@no/such-package"].map((use) => entry(use)),
      config,
    );
    await expect(failed).rejects.toMatchObject({ code: "NOMAD_E_PLUGIN_SEVERAL" });
    await expect(failed).rejects.toThrow(
      /^3 plugins .*exports no plugin made by definePlugin.*absent\.mjs.*such-package/,
    );
  });

  it("goes on without one that is not required, with a warning", async () => {
    const config = await folder({});
    const { plugins, warnings } = await loadPlugins([entry("./absent.mjs", { required: false })], config);
    expect(plugins).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/absent\.mjs.* The run goes on without it\./)]);
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
    await expect(loadPlugins([entry(use, { options })], await config())).rejects.toThrow(sentence);
  });
});
