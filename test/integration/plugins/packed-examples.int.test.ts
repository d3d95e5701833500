import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPackedProject, type PackedProject } from "../../support/client/packed.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { javaChroot } from "../../support/java-chroot.js";
import { root } from "../../support/markdown.js";

/** Plugins as third parties write them, from the docs alone. */
const examples = ["driver-java", "driver-podman", "feature-cost-centre", "credentials-url"];
const read = (file: string) => readFileSync(join(root, file), "utf8");
const nameOf = (example: string) => (JSON.parse(read(`examples/${example}/package.json`)) as { name: string }).name;

let project: PackedProject;
let agent: Agent;

beforeAll(async () => {
  project = await openPackedProject();
  project.install(examples.map((example) => project.pack(join(root, "examples", example))));
  agent = await startAgent({ java: true, exec: { bare: true, chroot: javaChroot }, quiet: true });
});
afterAll(async () => {
  await agent?.stop();
  project?.[Symbol.dispose]();
});

/** A site file of the project, and what the command line of the installed package says there. */
function metaflowNomad(config: string, ...args: string[]): string {
  project.write("metaflow-nomad.config.yaml", config);
  return project.run("node_modules/metaflow-nomad/dist/cli/main.js", { METAFLOW_NOMAD_LOG_LEVEL: "warn" }, args);
}

const site = (more = "") => `sites:\n  lab: { address: "${agent.address}", driver: raw_exec${more} }\n`;

describe.each(examples)("examples/%s", (example) => {
  const files = readdirSync(join(root, "examples", example));

  it("is under 100 lines", () => {
    const [plugin = ""] = files.filter((file) => file.endsWith(".mjs") && !file.includes(".test."));
    expect(read(`examples/${example}/${plugin}`).split("\n").length).toBeLessThan(100);
  });

  it("imports the contracts and nothing else of the launcher", () => {
    const [plugin = ""] = files.filter((file) => file.endsWith(".mjs") && !file.includes(".test."));
    const imports = [...read(`examples/${example}/${plugin}`).matchAll(/from "([^"]+)"/g)].map(([, from]) => from);
    expect(imports).toEqual(["metaflow-nomad/contracts"]);
  });

  it("passes its own tests, installed from its tarball", () => {
    const [tests = ""] = files.filter((file) => file.includes(".test."));
    project.write(tests, read(`examples/${example}/${tests}`));
    expect(project.run("--test", {}, [tests])).toMatch(/^# fail 0$|ℹ fail 0/m);
  });

  it("is a plugin that the installed launcher takes", () => {
    expect(metaflowNomad(site(), "plugins", "check", nameOf(example))).toContain(`${nameOf(example)}: ok`);
  });
});

describe("on a real agent", () => {
  it("the java driver runs a class, with the JVM options it derives, on a node whose Java is new enough", () => {
    project.write(
      "java.yaml",
      "command: [java, -printcert]\ndriver: java\ncpu: 100\nmemory: 256\ndriver_config: { class: sun.security.tools.keytool.Main }\n",
    );
    const config = `plugins: [{ use: metaflow-nomad-java, options: { oldest: "11" } }]\n${site()}`;
    // keytool without a certificate on its input says so, and ends with 1.
    expect(() => metaflowNomad(config, "launch", "java.yaml")).toThrow(/keytool error|Failed to parse/);
    const old = config.replace('"11"', '"99"').replace("raw_exec", "raw_exec, placementTimeoutMinutes: 0.02");
    expect(() => metaflowNomad(old, "launch", "java.yaml")).toThrow(/attr\.driver\.java\.version/);
  });

  it("a job carries its cost centre, or is refused before it is submitted", async () => {
    project.write("echo.yaml", "command: [echo, hello]\nname: centred\n");
    const config = `plugins: [metaflow-nomad-cost-centre]\n${site(', extensions: { costCentre: "4711" }')}`;
    expect(metaflowNomad(config, "launch", "echo.yaml")).toContain("hello\n");
    const jobs = (await agent.api("/v1/jobs?meta=true")) as { Name: string; Meta: Record<string, string> }[];
    expect(jobs.find(({ Name }) => Name === "centred")?.Meta).toMatchObject({ cost_centre: "4711" });
    const without = `plugins: [metaflow-nomad-cost-centre]\n${site()}`;
    expect(() => metaflowNomad(without, "launch", "echo.yaml")).toThrow(/no job may run without a cost centre/);
  });
});

/** What the wheel carries: one file and the contracts beside it; nothing of npm's. */
describe("with the bundle of the wheel alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfn-bundle-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("plugins add installs a plugin beside the site file; it finds the contracts that come along, and works", () => {
    cpSync(join(root, "dist/bundle"), join(folder, "wheel"), { recursive: true });
    const file = join(folder, "metaflow-nomad.config.yaml");
    writeFileSync(file, site(', extensions: { costCentre: "4711" }'));
    writeFileSync(join(folder, "echo.yaml"), "command: [echo, from the wheel]\n");
    const run = (...args: string[]) => {
      const { HOME, PATH } = process.env;
      const options = { cwd: folder, env: { HOME, PATH }, encoding: "utf8", stdio: "pipe" } as const;
      return execFileSync(process.execPath, [join(folder, "wheel/metaflow-nomad.mjs"), ...args], options);
    };
    const added = run("plugins", "add", project.pack(join(root, "examples/feature-cost-centre")));
    expect(added).toContain("metaflow-nomad-cost-centre: ok");
    expect(existsSync(join(folder, "node_modules/metaflow-nomad"))).toBe(false);
    writeFileSync(file, `plugins: [metaflow-nomad-cost-centre]\n${site(', extensions: { costCentre: "4711" }')}`);
    expect(run("launch", "echo.yaml")).toContain("from the wheel\n");
  });
});
