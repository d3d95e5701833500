import { buildSync } from "esbuild";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSites, type LoadedSites } from "../../../src/core/config/load-sites.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { Host } from "../../../src/core/host/host.js";
import { loadPlugins } from "../../../src/core/host/load-plugins.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import { driversPlugin } from "../../../src/drivers/plugin.js";
import { builtinPlugin } from "../../../src/plugins/builtin.js";
import { driverConformance, type DriverSubject } from "../../../src/testing/index.js";
import { transportsPlugin } from "../../../src/transports/plugin.js";
import { request } from "../../support/builders.js";
import { silentLogger } from "../../support/silent-logger.js";

const root = resolve(import.meta.dirname, "../../..");
const example = join(root, "examples/driver-podman");

/** A folder as a third party has it: the example and metaflow-nomad's contracts, both installed; a site file. */
function install(): string {
  const folder = mkdtempSync(join(tmpdir(), "metaflow-nomad-third-party-"));
  const modules = join(folder, "node_modules");
  cpSync(example, join(modules, "metaflow-nomad-podman"), { recursive: true });
  cpSync(join(example, "metaflow-nomad.config.yaml"), join(folder, "metaflow-nomad.config.yaml"));
  mkdirSync(join(modules, "metaflow-nomad"));
  const pack = { name: "metaflow-nomad", type: "module", exports: { "./contracts": "./contracts.js" } };
  writeFileSync(join(modules, "metaflow-nomad/package.json"), JSON.stringify(pack));
  // A copy of its own, as npm gives a plugin one: another LauncherError class than this process's.
  const outfile = join(modules, "metaflow-nomad/contracts.js");
  buildSync({
    entryPoints: [join(root, "src/core/contracts/index.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
  });
  return folder;
}

describe("examples/driver-podman", () => {
  let folder: string;
  let sites: LoadedSites;
  let host: Host;

  beforeAll(async () => {
    folder = install();
    sites = await loadSites({ conf: {}, env: { HOME: folder }, startDir: folder });
    const { plugins: listed } = await loadPlugins(sites.plugins, sites.file ?? "");
    const plugins = [transportsPlugin, driversPlugin, builtinPlugin, ...listed];
    host = new Host({ ...sites, plugins, clock: systemClock, logger: silentLogger });
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it("composes a podman job, with the site's options and the feature's constraint", () => {
    const { draft, job } = host.site().compose(request({ argv: ["echo", "${HOME}"], sharedPath: "/mnt/metaflow/x" }));
    expect(draft.driver.name).toBe("podman");
    expect(job.TaskGroups[0].Tasks[0].Config).toEqual({
      image: "docker.io/library/python:3.12",
      command: "echo",
      args: ["$${HOME}"],
      volumes: ["/mnt/metaflow:/mnt/metaflow"],
      init: true,
    });
    expect(job.Constraints).toEqual([
      { LTarget: "${attr.driver.podman.version}", Operand: "semver", RTarget: ">= 4.0.0" },
    ]);
  });

  it("writes the job of its golden file (UPDATE_GOLDEN=1 writes it)", () => {
    const asked = { argv: ["python", "train.py"], image: "python:3.12", driverConfig: { memory_swap: "1g" } };
    const { job } = host.site().compose(request({ ...asked, sharedPath: "/mnt/metaflow/x" }));
    const file = join(root, "test/unit/examples/golden/podman.json");
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(file, `${JSON.stringify(job, null, 2)}\n`);
    expect(JSON.parse(JSON.stringify(job))).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });

  it("leaves jobs of other drivers alone", () => {
    const { job } = host.site().compose(request({ driver: "raw_exec" }));
    expect(job.Constraints).toBeUndefined();
  });

  it("refuses with an error that this process knows, though it is of another copy of the package", () => {
    expect(() => host.site().compose(request({ argv: [] }))).toThrow(LauncherError);
  });

  it("explains a failed pull", () => {
    const { draft } = host.site().compose(request());
    const DisplayMessage = "rpc error: failed to create image: nowhere/x: unable to pull image: no such host";
    expect(draft.driver.explain?.([{ Type: "Driver Failure", Time: 1, DisplayMessage }], draft.request)).toMatchObject({
      kind: "image-pull",
    });
  });

  it.each(driverConformance)("conforms: $name", ({ run }) => {
    const site = sites.sites["lab"]!;
    const { driver } = host.site().compose(request()).draft;
    const subject: DriverSubject = { driver, request: request({ image: "python:3.12" }), site };
    return run(subject);
  });
});
