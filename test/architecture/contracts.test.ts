import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { contractsPage } from "../../scripts/lib/contracts-page.mjs";
import { contractsSnapshot, type Declared, readContracts } from "../../scripts/lib/contracts.mjs";
import * as testing from "../../src/testing/index.js";
import { read, root } from "../support/markdown.js";

const snapshot = "test/architecture/contracts.api.txt";
const declared: readonly Declared[] = readContracts();

/** Files that a third party can reach: those that the contracts' entry passes on, and what these pass on. */
function reachable(file = "src/core/contracts/index.ts", found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target = ""] of read(file).matchAll(/^export [^;]*? from "(\.[^"]+)\.js";/gm))
    reachable(relative(root, join(root, dirname(file), `${target}.ts`)), found);
  return found;
}

/** What comes along and registers itself as a plugin does. */
const builtIn = ["src/drivers", "src/transports", "src/plugins", "src/queues"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file)),
);

/** Imports of the core that no third party could write. */
function forbidden(file: string, text = read(file), allowed = reachable()): string[] {
  return [...text.matchAll(/from "(\.[^"]*\/core\/[^"]+)\.js"/g)]
    .map(([, target = ""]) => relative(root, join(root, dirname(file), `${target}.ts`)))
    .filter((target) => !allowed.has(target))
    .map((target) => `${file} imports ${target}`);
}

describe("metaflow-nomad/contracts", () => {
  it("is what it was (UPDATE_API=1 writes what it is now; docs/contracts.md says what may change)", () => {
    const now = contractsSnapshot([...declared]);
    if (process.env["UPDATE_API"] || !existsSync(join(root, snapshot))) writeFileSync(join(root, snapshot), now);
    expect(now).toBe(read(snapshot));
  });

  it("explains every name, and every member of what a plugin implements or calls", () => {
    const bare = declared.filter(({ doc }) => doc === "").map(({ name }) => name);
    const ours = declared.filter(({ file }) => /core\/(contracts|errors)\//.test(file));
    const members = ours.flatMap(({ name, members: all }) =>
      all
        .filter((member) => member.doc === "" && !member.name.startsWith("["))
        .map((member) => `${name}.${member.name}`),
    );
    expect([...bare, ...members]).toEqual([]);
    expect(declared.length).toBeGreaterThan(100);
  });

  it("is on its page (npm run docs writes it)", () => {
    expect(contractsPage(read("docs/contracts.md"))).toBe(read("docs/contracts.md"));
  });

  it("has a row for each thing that can be registered", () => {
    const registrar = declared.find(({ name }) => name === "PluginRegistrar")?.members.map(({ name }) => name) ?? [];
    const calls = [...read("docs/writing-a-plugin.md").matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name);
    expect(calls.sort()).toEqual(registrar.filter((name) => name !== "logger").sort());
  });
});

describe("metaflow-nomad/testing", () => {
  it("has a kit for each thing that can be registered", () => {
    const registrar = declared.find(({ name }) => name === "PluginRegistrar")?.members.map(({ name }) => name) ?? [];
    // A driver of any name is a driver; what `config` adds is a fragment.
    const kits: Readonly<Record<string, string>> = { otherDrivers: "driver", config: "fragment" };
    const wanted = registrar.filter((name) => name !== "logger").map((name) => `${kits[name] ?? name}Conformance`);
    expect(wanted.filter((kit) => !Array.isArray(Reflect.get(testing, kit)))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(12);
  });
});

describe("what comes along", () => {
  it("imports nothing of the core that a third party could not", () => {
    expect(builtIn.flatMap((file) => forbidden(file))).toEqual([]);
    expect(builtIn.length).toBeGreaterThan(60);
  });

  it("would be found out", () => {
    const line = 'import { launch } from "../core/launch/launch.js";';
    expect(forbidden("src/drivers/x.ts", line)).toEqual(["src/drivers/x.ts imports src/core/launch/launch.ts"]);
  });
});
