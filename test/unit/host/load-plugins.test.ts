import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlugins } from "../../../src/core/host/load-plugins.js";

async function folder(files: Record<string, string>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "plugins-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return join(made, "metaflow-nomad.config.yaml");
}

describe("loadPlugins", () => {
  it("imports a module beside the config file", async () => {
    const config = await folder({
      "mine.mjs": "export const minePlugin = { name: 'mine', apiVersion: '1', setup() {} };",
    });
    expect((await loadPlugins(["./mine.mjs"], config)).map(({ name }) => name)).toEqual(["mine"]);
  });

  it("tells of every broken plugin at once, each with its reason", async () => {
    const config = await folder({ "empty.mjs": "export const nothing = 1;" });
    const failed = loadPlugins(["./empty.mjs", "./absent.mjs", "@no/such-package"], config);
    await expect(failed).rejects.toMatchObject({ code: "NOMAD_E_PLUGIN_LOAD" });
    await expect(failed).rejects.toThrow(/it exports no plugin made by definePlugin.*absent\.mjs.*such-package/);
  });
});
