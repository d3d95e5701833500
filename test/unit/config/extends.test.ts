import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSites } from "../../../src/core/config/load-sites.js";
import { describeOrigins } from "../../../src/core/config/origins.js";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "mfn-extends-"))));
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, text: string): string {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const load = (env: Record<string, string> = {}) =>
  loadSites({ conf: {}, env: { HOME: join(root, "home"), ...env }, startDir: join(root, "a"), cwd: root });

const base = `plugins: ["./team.mjs", "@acme/plugin"]
sites:
  prod:
    address: https://prod:4646
    tls: { ca: ca.pem }
    auth: { tokenFile: token }
    defaults: { cpu: 500, memory: 1024 }
`;

describe("a file that extends another", () => {
  it("takes its plugins and sites; what it says itself goes before, and each value tells where it is from", async () => {
    const lower = put("base/nomad.yaml", base);
    const file = put(
      "a/metaflow-nomad.config.yaml",
      'extends: ../base/nomad.yaml\nplugins: ["./own.mjs"]\nsites:\n  prod: { defaults: { cpu: 900 } }\n  lab: { address: "http://lab:1" }\ndefaultSite: prod\n',
    );
    const loaded = await load();
    expect(loaded.plugins.map(({ use }) => use)).toEqual([join(root, "base/team.mjs"), "@acme/plugin", "./own.mjs"]);
    expect(loaded.sites["prod"]).toMatchObject({
      address: "https://prod:4646",
      tls: { ca: join(root, "base/ca.pem") },
      auth: { tokenFile: join(root, "base/token") },
      defaults: { cpu: 900, memory: 1024 },
    });
    const origin = (path: string) => describeOrigins(loaded).find((one) => one.path === path)?.origin;
    expect(origin("sites.prod.defaults.cpu")).toBe(`${file}:4:23`);
    expect(origin("sites.prod.defaults.memory")).toBe(`${file}:1:1, from ${lower}:7:27`);
  });

  it.each([
    ["extends: ../absent.yaml\nsites: {}", /absent\.yaml cannot be read/],
    ["extends: metaflow-nomad.config.yaml\nsites: {}", /extends itself in the end/],
    ["extends: [1]\nsites: {}", /it is not the path of a file/],
  ])("%j is refused with its place", async (text, sentence) => {
    put("a/metaflow-nomad.config.yaml", text);
    await expect(load()).rejects.toThrow(/metaflow-nomad\.config\.yaml, 1:1 \(extends\)/);
    await expect(load()).rejects.toThrow(sentence);
  });
});

describe("a site that extends another", () => {
  const sites = (more: string) => put("a/metaflow-nomad.config.yaml", `defaultSite: prod\n${base}${more}`);

  it("takes what it has not itself; with an address of its own, nothing that leads to the other's cluster", async () => {
    sites('  gpu: { extends: prod, defaults: { nodePool: gpu } }\n  other: { extends: gpu, address: "http://o:1" }\n');
    const loaded = await load();
    expect(loaded.sites["gpu"]).toMatchObject({
      address: "https://prod:4646",
      defaults: { cpu: 500, nodePool: "gpu" },
    });
    expect(loaded.sites["other"]).toMatchObject({ address: "http://o:1", auth: {}, defaults: { nodePool: "gpu" } });
    expect(loaded.sites["other"]).not.toHaveProperty("tls");
    const from = describeOrigins(loaded).find(({ path }) => path === "sites.gpu.defaults.cpu")?.origin;
    expect(from).toMatch(/config\.yaml:8:\d+$/);
  });

  it.each([
    ["  gpu: { extends: prodd }\n", /sites\.gpu\.extends\): there is no site prodd; did you mean prod\?/],
    ["  x: { extends: y }\n  y: { extends: x }\n", /the sites extend each other: x -> y -> x/],
    ["  x: { extends: prod, drivr: exec }\n", /9:\d+ \(sites\.x\.drivr\): unknown key "drivr"; did you mean driver\?/],
  ])("%j is refused with its place", async (more, sentence) => {
    sites(more);
    await expect(load()).rejects.toThrow(sentence);
  });
});

describe("references", () => {
  const site = (value: string) =>
    put("a/metaflow-nomad.config.yaml", `sites:\n  lab: { address: "http://lab:1", auth: { token: "${value}" } }\n`);

  it.each([
    ["${env:TOKEN}", "secret"],
    ["a-${env:ABSENT:-b}-c", "a-b-c"],
    ["${file:token}", "from a file"],
    ["${NOMAD_TOKEN}", "${NOMAD_TOKEN}"],
  ])("%s", async (value, token) => {
    put("a/token", "from a file\n");
    site(value);
    expect((await load({ TOKEN: "secret" })).sites["lab"]?.auth.token).toBe(token);
  });

  it.each([
    ["${env:ABSENT}", /2:\d+ \(sites\.lab\.auth\.token\): the environment variable ABSENT is not set/],
    ["${file:absent}", /\(sites\.lab\.auth\.token\): .*absent cannot be read \(ENOENT/],
  ])("%s that leads nowhere is refused with its place", async (value, sentence) => {
    site(value);
    await expect(load()).rejects.toThrow(sentence);
  });
});
