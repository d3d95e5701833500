import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { version } from "../../src/cli/version.js";
import { PLUGIN_API_VERSION } from "../../src/core/contracts/index.js";
import * as library from "../../src/index.js";
import * as testing from "../../src/testing/index.js";
import { read, root } from "../support/markdown.js";
import { silentLogger } from "../support/silent-logger.js";

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

const manifest = JSON.parse(read("package.json")) as Manifest;

describe("the packages", () => {
  it("are of one version", () => {
    expect(/^version = "(.*)"$/m.exec(read("python/pyproject.toml"))?.[1]).toBe(manifest.version);
    expect(version).toBe(manifest.version);
  });

  it("name that version, or the unreleased one, in the changelog", () => {
    expect(read("CHANGELOG.md")).toMatch(new RegExp(`^## \\[(${manifest.version}|Unreleased)\\]`, "m"));
  });

  it("export what has a source", () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((target) =>
        typeof target === "string" ? [target] : [target.types, target.default],
      ),
    ];
    const source = (target: string) => target.replace("./dist/", "src/").replace(/(\.d\.ts|\.js)$/, ".ts");
    expect(targets.filter((target) => !existsSync(join(root, source(target))))).toEqual([]);
  });

  it("hold what they promise to carry", () => {
    const kept = manifest.files.filter((file) => !file.startsWith("!") && file !== "dist");
    expect(kept.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(manifest.license).toBe("Apache-2.0");
  });

  it("depend on one version of each package, and the lock file knows its contents", () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const { packages } = JSON.parse(read("package-lock.json")) as Lock;
    const pinned = asked.filter(([, wanted]) => /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted));
    expect(pinned).toEqual(asked);
    for (const [name, wanted] of asked)
      expect([name, packages[`node_modules/${name}`]]).toMatchObject([name, { version: wanted }]);
    const unknown = Object.entries(packages).filter(
      ([path, { integrity }]) => path.includes("node_modules/") && integrity === undefined,
    );
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  it("have a script behind every command", () => {
    const scripts = Object.values(manifest.scripts).flatMap((line) => /^node (\S+)/.exec(line)?.[1] ?? []);
    expect(scripts.filter((script) => !existsSync(join(root, script)))).toEqual([]);
  });

  it("have only commands that the pages name rightly", () => {
    const said = ["README.md", "CONTRIBUTING.md"].flatMap((page) =>
      [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(said.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});

describe("metaflow-nomad as a library", () => {
  it("composes a job from a site, with what comes along", async () => {
    const { sites, defaultSite } = await library.loadSites({
      conf: { ADDRESS: "http://127.0.0.1:4646" },
      env: { HOME: root },
      startDir: "/",
    });
    await using host = new library.Host({
      sites,
      defaultSite,
      plugins: library.builtinPlugins,
      clock: library.systemClock,
      logger: silentLogger,
    });
    const { job } = host.site().compose({
      jobId: "job",
      argv: ["true"],
      driver: "raw_exec",
      resources: {},
      placement: {},
      env: {},
      secretEnv: {},
      nomadEnv: {},
      meta: {},
    });
    expect(job.TaskGroups[0].Tasks[0]).toMatchObject({ Driver: "raw_exec", Config: { command: "true" } });
  });

  it("ships the conformance kits", () => {
    for (const kit of [testing.driverConformance, testing.transportConformance, testing.watcherConformance])
      expect(kit.length).toBeGreaterThan(3);
    expect(library.builtinPlugins.map(({ apiVersion }) => apiVersion)).toEqual(Array(4).fill(PLUGIN_API_VERSION));
  });
});
