import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { configInitCommand } from "../../../src/cli/config-init-command.js";
import { configPathCommand } from "../../../src/cli/config-path-command.js";
import { doctorCommand } from "../../../src/cli/doctor-command.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";

const home = process.cwd();
let folder: string;
let out = "";
let err = "";
const options = { site: "main", out: "metaflow-nomad.config.yaml" };
const written = () => readFileSync(join(folder, options.out), "utf8");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doctor-commands-"));
  process.chdir(folder);
  for (const name of Object.keys(process.env)) if (/^(METAFLOW_)?NOMAD_/.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv("XDG_CONFIG_HOME", folder);
  [out, err] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((out += String(text))));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((err += String(text))));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

function enter(agent: Agent): void {
  for (const [name, value] of Object.entries(agent.env)) vi.stubEnv(name, value);
}
function leave(agent: Agent): void {
  for (const name of Object.keys(agent.env)) vi.stubEnv(name, undefined);
}

describe("config init, and the doctor on what it wrote", () => {
  it("on a plain agent that needs no environment afterwards", async () => {
    await using agent = await startAgent({ quiet: true, nodePool: "gpu", hostVolumes: { data: folder } });
    expect(await configInitCommand({ ...options, address: agent.address })).toBe(0);
    expect(written()).toContain(`address: "${agent.address}"`);
    expect(written()).toContain("driver: raw_exec");
    expect(written()).toContain(`# shared: { path: ${folder}, volume: data }`);
    // Nomad would look in the pool called default, which has no node.
    expect(written()).toContain("  nodePool: gpu");
    expect(await doctorCommand({ probe: true })).toBe(0);
    expect(out).toContain(`ok    config: ${join(folder, options.out)}; site main, the default one\n`);
    expect(out).not.toContain("fail");
    expect(await configPathCommand()).toBe(0);
    expect(err).toContain(`  ${folder}\n`);

    await expect(configInitCommand({ ...options, address: agent.address })).rejects.toThrow("it is there already");
    expect(await configInitCommand({ ...options, address: agent.address, site: "other", force: true })).toBe(0);
    expect(written()).toContain("defaultSite: other");
    await expect(configInitCommand({ ...options, address: agent.address, site: "nomad", force: true })).rejects.toThrow(
      "the name nomad belongs to",
    );
    expect(written()).toContain("defaultSite: other");
  });

  it("on an agent with ACLs and client certificates: the token's file is named, the token is nowhere", async () => {
    await using agent = await startAgent({ quiet: true, acl: true, tls: true });
    const { token } = await agent.createToken("least", 'namespace "default" { policy = "write" }');
    writeFileSync(join(folder, "token"), token);
    enter(agent);
    // Of NOMAD_TOKEN, a management token here, no trace is left.
    expect(await configInitCommand(options)).toBe(0);
    expect(written()).toContain("# auth: { tokenFile: /path/to/token }");
    expect(await configInitCommand({ ...options, force: true, tokenFile: "token" })).toBe(0);
    expect(written()).toContain(`auth: { tokenFile: ${join(folder, "token")} }`);
    expect(written()).not.toContain(token);
    expect(written()).not.toContain(agent.token);
    leave(agent);
    expect(await doctorCommand({ json: true, probe: true })).toBe(0);
    const findings = out
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { check: string });
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["reach", "right submit-job", "probe start"]),
    );
    expect(out).toContain("over TLS with a client certificate");
    expect(out + err).not.toContain(token);
  });

  it("under a token that may not list nodes: the scheduler knows the drivers", async () => {
    await using agent = await startAgent({ quiet: true, acl: true });
    const { token } = await agent.createToken(
      "least",
      'namespace "default" { capabilities = ["submit-job", "read-job"] }',
    );
    enter(agent);
    vi.stubEnv("NOMAD_TOKEN", token);
    expect(await configInitCommand({ ...options, out: "-" })).toBe(0);
    expect(existsSync(join(folder, options.out))).toBe(false);
    expect(out).toContain("driver: raw_exec");
    expect(out).toContain("# datacenters: [dc1]");
  });
});

describe("doctor", () => {
  it("says what is wrong with a configuration, and ends with 1", async () => {
    writeFileSync(join(folder, options.out), "sites:\n  lab: { adress: http://127.0.0.1:4646 }\n");
    expect(await doctorCommand({})).toBe(1);
    expect(out).toMatch(/^fail {2}config: .*unknown key "adress"; did you mean address\?/);
    rmSync(join(folder, options.out));
    out = "";
    await doctorCommand({}); // How it ends depends on whether an agent listens on this machine's usual port.
    expect(out).toMatch(/^warn {2}config: No cluster is configured: the agent at \S+ is used\. To use another/m);
  });

  it("knows no site of another name, and no plugin that cannot be loaded", async () => {
    const file = join(folder, options.out);
    writeFileSync(file, "sites:\n  lab: { address: 'http://127.0.0.1:1' }\n");
    expect(await doctorCommand({ site: "laboratory" })).toBe(1);
    expect(out).toContain("fail  config: Site laboratory is not configured");
    writeFileSync(file, "plugins: [./no-such.mjs]\nsites:\n  lab: { address: 'http://127.0.0.1:1' }\n");
    expect(await doctorCommand({})).toBe(1);
    expect(out).toContain(`fail  config: Plugin ./no-such.mjs (${file}:1:11) could not be loaded: Cannot find module`);
  });
});

describe("config path", () => {
  it("says where it looked when there is nothing", async () => {
    expect(await configPathCommand()).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("There is no config file.");
    vi.stubEnv("METAFLOW_NOMAD_CONFIG", "lab.yaml");
    writeFileSync(join(folder, "lab.yaml"), "sites: {}\n");
    expect(await configPathCommand()).toBe(0);
    expect(out).toBe(`${join(folder, "lab.yaml")}\n`);
  });
});
