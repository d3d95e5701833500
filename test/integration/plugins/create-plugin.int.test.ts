import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPackedProject, type PackedProject } from "../../support/client/packed.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { root } from "../../support/markdown.js";

const create = join(root, "packages/create-metaflow-nomad-plugin");
const kinds = readdirSync(join(create, "templates")).filter((kind) => kind !== "common");

let project: PackedProject;
let agent: Agent;

beforeAll(async () => {
  // The tarball of the creator, too: what npm leaves out of a package is not there for anybody.
  project = await openPackedProject();
  project.install([project.pack(create)]);
  agent = await startAgent({ quiet: true });
});
afterAll(async () => {
  await agent?.stop();
  project?.[Symbol.dispose]();
});

const run = (cwd: string, ...words: string[]) => {
  const { HOME, PATH } = process.env;
  const options = { cwd, env: { HOME, PATH }, encoding: "utf8", stdio: "pipe" } as const;
  try {
    return execFileSync(process.execPath, words, options);
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${words.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
};
const creator = () => join(project.dir, "node_modules/create-metaflow-nomad-plugin/create.mjs");

it("knows the five kinds, and refuses others with its usage", () => {
  expect(kinds.sort()).toEqual(["credentials", "device", "driver", "feature", "transport"]);
  expect(() => run(project.dir, creator(), "drivr", "acme")).toThrow(/There is no kind "drivr"[^]*Usage: npm create/);
  expect(() => run(project.dir, creator(), "driver", "Acme Plugin")).toThrow(/is no name of a package/);
});

describe.each(kinds)("npm create metaflow-nomad-plugin %s", (kind) => {
  it("writes a package that builds, passes its kit, is taken by the launcher, and runs on an agent", () => {
    const folder = join(project.dir, `acme-${kind}`);
    // It finds metaflow-nomad in the folder above, as an installed one would in its own.
    expect(run(project.dir, creator(), kind, `@acme/my-${kind}`, folder)).toContain("Then:");
    run(folder, join(root, "node_modules/typescript/bin/tsc"));
    expect(run(folder, "--test", "dist/index.test.js")).toMatch(/fail 0$/m);
    const launcher = join(project.dir, "node_modules/metaflow-nomad/dist/cli/main.js");
    const options = kind === "feature" ? ["--options", '{"text": "x"}'] : [];
    expect(run(folder, launcher, "plugins", "check", "./dist/index.js", ...options)).toContain(`@acme/my-${kind}: ok`);
    const site = join(folder, "metaflow-nomad.config.yaml");
    writeFileSync(site, readFileSync(site, "utf8").replace("http://127.0.0.1:4646", agent.address));
    expect(run(folder, launcher, "launch", "task.yaml")).toContain(`hello from my-${kind}\n`);
    expect(() => run(project.dir, creator(), kind, "again", folder)).toThrow(/is not empty/);
  });
});
