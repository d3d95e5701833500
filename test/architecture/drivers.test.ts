import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PluginRegistry } from "../../src/core/host/plugin-registry.js";
import { builtinPlugins } from "../../src/index.js";
import { pluginTools } from "../support/plugin-tools.js";
import { read, root } from "../support/markdown.js";

const registry = new PluginRegistry(pluginTools);
for (const plugin of builtinPlugins) registry.add(plugin);

/** All tests of a folder as one text. */
const tests = (folder: string): string =>
  readdirSync(join(root, "test", folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => read(join("test", folder, file)))
    .join("\n");

const drivers = registry.drivers.names();

/** What comes along is code, a page, a test on a desk and a test on a real agent: none without the others. */
describe.each(drivers)("driver %s", (name) => {
  it("has a file of its name", () => {
    expect(read(`src/drivers/${name.replaceAll("_", "-")}.ts`)).toContain(`name: "${name}"`);
  });

  it("has a page, and the README names it", () => {
    expect(existsSync(join(root, `docs/drivers/${name}.md`))).toBe(true);
    expect(read("README.md")).toContain(`(docs/drivers/${name}.md)`);
  });

  it("passes the conformance kit, has a golden job, and runs on a real agent", () => {
    const factory = `create${name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Driver`;
    expect(tests("unit/drivers")).toContain(`driver: ${factory}()`);
    expect(readdirSync(join(root, "test/unit/plugins/golden")).some((file) => file.startsWith(`${name}-`))).toBe(true);
    expect(tests("integration")).toMatch(new RegExp(`driver: "${name}"|"${name}"`));
  });
});

describe("everything else that comes along", () => {
  it.each(registry.transports.names())("transport %s has a page and tests", (name) => {
    expect(existsSync(join(root, `docs/transports/${name}.md`))).toBe(true);
    expect(tests("integration/transports")).toContain("transportConformance");
  });

  it.each(registry.watchers.names())("watcher %s has a row and a test", (name) => {
    expect(read("docs/transports/watchers.md")).toContain(`| \`${name}\` |`);
    expect(`${tests("unit/transports")}${tests("integration/transports")}`).toContain(`${name}-watcher.js`);
  });

  it.each(registry.features.names())("feature %s has a row, a file of its name, and a test", (name) => {
    expect(read("docs/writing-a-plugin.md")).toContain(`| \`${name}\` |`);
    expect(read(`src/plugins/${name}.ts`)).toContain(`name: "${name}"`);
    expect(tests("unit/plugins")).toContain(`"${name}"`);
  });

  it.each(registry.devices.names())("device family %s has a test", (name) => {
    expect(tests("unit")).toContain(`devices/${name}.js`);
  });

  it.each(registry.credentials.names())("credentials %s have a test", (name) => {
    expect(tests("unit/transports")).toContain(`credentials/${name === "static" ? "static-token" : name}.js`);
  });
});
