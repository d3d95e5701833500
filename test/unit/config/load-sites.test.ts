import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSites, pickSite, type LoadOptions } from "../../../src/core/config/load-sites.js";
import { describeOrigins } from "../../../src/core/config/origins.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "mfn-config-"))));
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, text: string): string {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const load = (over: Partial<LoadOptions> = {}) =>
  loadSites({ conf: {}, env: { HOME: join(root, "home") }, startDir: root, cwd: root, ...over });

async function refusal(over: Partial<LoadOptions> = {}): Promise<LauncherError> {
  const error: unknown = await load(over).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LauncherError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

const two =
  'defaultSite: lab\nsites:\n  lab: { address: "http://lab:4646", driver: raw_exec }\n  prod:\n    address: https://prod:4646/\n';

describe("where a config file is looked for", () => {
  it("finds it in a folder above the flow", async () => {
    const file = put("metaflow-nomad.config.yaml", two);
    const loaded = await load({ startDir: join(root, "a/b") });
    expect(loaded).toMatchObject({ file, defaultSite: "lab", plugins: [] });
    expect(loaded.sites["prod"]?.address).toBe("https://prod:4646");
  });

  it("takes the nearest one", async () => {
    put("metaflow-nomad.config.yaml", two);
    const near = put("a/.metaflow-nomadrc", '{"sites": {"near": {"address": "http://n:1"}}}');
    expect(await load({ startDir: join(root, "a/b") })).toMatchObject({ file: near, defaultSite: "near" });
  });

  it("takes METAFLOW_NOMAD_CONFIG before anything else, from the environment or from Metaflow's configuration", async () => {
    put("metaflow-nomad.config.yaml", two);
    const file = put("other/site.yaml", 'sites: { o: { address: "http://o:1" } }');
    expect(await load({ env: { METAFLOW_NOMAD_CONFIG: file } })).toMatchObject({ file, defaultSite: "o" });
    expect(await load({ conf: { CONFIG: "other/site.yaml" } })).toMatchObject({ file, defaultSite: "o" });
  });

  it("reads package.json's key, JSON with tabs, and JavaScript", async () => {
    put("p/package.json", '{\n\t"metaflow-nomad": {\n\t\t"sites": {"p": {"address": "http://p:1"}}\n\t}\n}');
    put("j/metaflow-nomad.config.json", '{\n\t"sites": {\n\t\t"j": {"address": "http://j:1"}\n\t}\n}');
    put("m/metaflow-nomad.config.mjs", 'export default { sites: { m: { address: "http://m:1" } } };');
    for (const name of ["p", "j", "m"]) expect((await load({ startDir: join(root, name) })).defaultSite).toBe(name);
  });

  it("is not stopped by somebody's broken package.json", async () => {
    put("a/package.json", "{");
    put("metaflow-nomad.config.yaml", two);
    expect((await load({ startDir: join(root, "a") })).defaultSite).toBe("lab");
  });

  it("looks into the user's folder last", async () => {
    const file = put("home/.config/metaflow-nomad/config.yaml", 'sites: { u: { address: "http://u:1" } }');
    expect(await load()).toMatchObject({ file, defaultSite: "u" });
    expect((await load({ env: { XDG_CONFIG_HOME: join(root, "home/.config") } })).file).toBe(file);
  });

  it("takes the agent on this machine when nothing is configured, and says so", async () => {
    const loaded = await load();
    expect(loaded).toMatchObject({ defaultSite: "localhost", unconfigured: true });
    expect(loaded.sites["localhost"]).toMatchObject({
      address: "http://localhost:4646",
      defaults: { cpu: 256, memory: 512, namespace: "default", timeoutMinutes: 60, datacenters: ["dc1"] },
    });
    expect(loaded.warnings).toEqual(["No cluster is configured: the agent at http://localhost:4646 is used."]);
    expect(loaded.sites["localhost"]).toMatchObject({ driver: "docker", driverWithoutImage: "raw_exec" });
    const image = await load({ conf: { DEFAULT_IMAGE: "acme/ml:1" } });
    expect(image.sites["localhost"]).not.toHaveProperty("driverWithoutImage");
    const named = await load({ conf: { ADDRESS: "http://m:1" } });
    expect(named).toMatchObject({ unconfigured: false, defaultSite: "metaflow", warnings: [] });
    expect(named.sites).not.toHaveProperty("localhost");
    put("metaflow-nomad.config.yaml", 'sites: { localhost: { address: "http://l:1" } }');
    expect((await refusal()).message).toContain("the name localhost belongs to the agent on this machine");
  });
});

describe("sites of the environment", () => {
  it("makes one site of METAFLOW_NOMAD_ADDRESS and its companions, and it is the default", async () => {
    put("metaflow-nomad.config.yaml", two);
    const conf = {
      ADDRESS: "https://m:4646",
      REGION: "eu",
      TOKEN: "t",
      CLIENT_CERT: "c.pem",
      CLIENT_KEY: "/k.pem",
      CACERT: "ca.pem",
    };
    const loaded = await load({ conf, env: { NOMAD_TOKEN: "other" } });
    expect(loaded.defaultSite).toBe("metaflow");
    expect(loaded.sites["metaflow"]).toMatchObject({
      address: "https://m:4646",
      region: "eu",
      auth: { token: "t" },
      tls: { cert: join(root, "c.pem"), key: "/k.pem", ca: join(root, "ca.pem") },
    });
  });

  it("never mixes connection values", async () => {
    put("metaflow-nomad.config.yaml", two);
    const env = { NOMAD_ADDR: "http://n:1", NOMAD_TOKEN: "nt", NOMAD_REGION: "nr", NOMAD_CACERT: "/n.pem" };
    const loaded = await load({ conf: { ADDRESS: "http://m:1" }, env });
    expect(loaded.sites["metaflow"]).toMatchObject({ auth: {} });
    expect(loaded.sites["metaflow"]).not.toHaveProperty("region");
    expect(loaded.sites["lab"]).not.toHaveProperty("tls");
    expect(loaded.sites["nomad"]).toMatchObject({ auth: { token: "nt" }, region: "nr", tls: { ca: "/n.pem" } });
  });

  it("takes NOMAD_ADDR last", async () => {
    const env = { NOMAD_ADDR: "http://n:1", NOMAD_NAMESPACE: "ml", NOMAD_TLS_SERVER_NAME: "s" };
    const loaded = await load({ env });
    expect(loaded).toMatchObject({
      defaultSite: "nomad",
      sites: { nomad: { defaults: { namespace: "ml" }, tls: { serverName: "s" } } },
    });
    put("metaflow-nomad.config.yaml", two);
    expect((await load({ env })).defaultSite).toBe("lab");
  });

  it("warns of companions without an address", async () => {
    const loaded = await load({ conf: { TOKEN: "t" }, env: { NOMAD_ADDR: "http://n:1" } });
    expect(loaded.warnings.join()).toContain("METAFLOW_NOMAD_TOKEN");
    expect(loaded.sites["nomad"]?.auth).toEqual({});
  });

  it.each(["127.0.0.1:4646", "localhost", "ftp://x", "http://"])("refuses the address %s", async (ADDRESS) => {
    const error = await refusal({ conf: { ADDRESS } });
    expect(error.code).toBe("NOMAD_E_CONFIG_INVALID");
    expect(error.message).toContain("METAFLOW_NOMAD_ADDRESS");
  });

  it("refuses a certificate without its key", async () => {
    expect((await refusal({ conf: { ADDRESS: "https://m:1", CLIENT_CERT: "c" } })).message).toContain("cert and key");
  });
});

describe("task settings", () => {
  it("puts METAFLOW_NOMAD_* above a site's defaults", async () => {
    put(
      "metaflow-nomad.config.yaml",
      'sites: { s: { address: "http://s:1", defaults: { cpu: 1000, memory: 9, image: a, disk: 400 } } }',
    );
    const conf = { CPU: "500", MEMORY: 700, DEFAULT_IMAGE: "b:1", DEFAULT_DATACENTERS: "dc1, dc2", NAMESPACE: "ml" };
    expect((await load({ conf })).sites["s"]?.defaults).toEqual({
      cpu: 500,
      memory: 700,
      image: "b:1",
      datacenters: ["dc1", "dc2"],
      namespace: "ml",
      disk: 400,
      timeoutMinutes: 60,
    });
  });

  it.each([[["a", "b"]], ['["a", "b"]'], ["a,b"], ["['a', 'b']"]])(
    "reads datacenters from %j",
    async (DEFAULT_DATACENTERS) => {
      const loaded = await load({ conf: { ADDRESS: "http://m:1", DEFAULT_DATACENTERS } });
      expect(loaded.sites["metaflow"]?.defaults.datacenters).toEqual(["a", "b"]);
    },
  );

  it.each([
    ["CPU", "fast"],
    ["MEMORY", "-1"],
    ["DISK", "5"],
    ["MEMORY", "1.5"],
  ])("refuses %s=%s", async (key, value) => {
    const error = await refusal({ conf: { ADDRESS: "http://m:1", [key]: value } });
    expect(error.message).toContain(`METAFLOW_NOMAD_${key}`);
  });
});

describe("what a file may not say", () => {
  it.each([
    [
      "sites:\n  lab:\n    adress: http://x:1\n",
      "3:5 (sites.lab.adress)",
      'unknown key "adress"; did you mean address?',
    ],
    [
      "sites:\n  lab:\n    address: http://x:1\n    defaults: { memmory: 1 }\n",
      "4:17 (sites.lab.defaults.memmory)",
      "did you mean memory?",
    ],
    [
      "sites:\n  lab:\n    address: http://x:1\n    tls: { chiffre: 1 }\n",
      "4:12 (sites.lab.tls.chiffre)",
      "known are ca, cert, key, keyPassphraseFile, serverName",
    ],
    ["site: {}\n", "1:1 (site)", "did you mean sites?"],
    ["sites:\n  lab:\n    address: lab:4646\n", "3:5 (sites.lab.address)", "must begin with http://"],
    [
      "sites:\n  lab:\n    address: http://x:1\n    defaults:\n      cpu: fast\n",
      "5:7 (sites.lab.defaults.cpu)",
      "expected number",
    ],
    [
      "sites:\n  lab:\n    address: http://x:1\n    shared: { path: data }\n",
      "4:15 (sites.lab.shared.path)",
      "must be an absolute path",
    ],
    [
      "sites:\n  lab:\n    address: http://x:1\n    features:\n      - meta\n      - 3\n",
      "6:9 (sites.lab.features.1)",
      "expected string",
    ],
    ["defaultSite: lap\nsites:\n  lab: { address: http://x:1 }\n", "1:1 (defaultSite)", "did you mean lab?"],
    ["sites:\n  a: { address: http://x:1 }\n  b: { address: http://y:1 }\n", "1:1", "no defaultSite"],
    ["sites:\n  nomad: { address: http://x:1 }\n", "2:3 (sites.nomad)", "NOMAD_ADDR"],
    [
      "sites:\n  a:\n    address: http://x:1\n    auth: { token: a, tokenFile: b }\n",
      "4:5 (sites.a.auth)",
      "use one of token, tokenFile",
    ],
  ])("%j", async (text, place, problem) => {
    const file = put("metaflow-nomad.config.yaml", text);
    const error = await refusal();
    expect(error.code).toBe("NOMAD_E_CONFIG_INVALID");
    expect(error.message).toContain(`${file}, ${place}: `);
    expect(error.message).toContain(problem);
  });

  it.each([
    ["metaflow-nomad.config.yaml", "sites:\n  lab: {address: x\n", "3:1"],
    ["metaflow-nomad.config.yaml", "sites:\n  lab:\n\taddress: x\n", "3:1"],
    ["metaflow-nomad.config.json", '{"sites": {"a": {"address" "x"}}}', "1:"],
    ["metaflow-nomad.config.yaml", "sites: {}\nsites: {}\n", "2:1"],
  ])("points into a broken %s (%j)", async (name, text, place) => {
    const file = put(name, text);
    const error = await refusal();
    expect(error.code).toBe("NOMAD_E_CONFIG_UNREADABLE");
    expect(error.message).toContain(file);
    expect(error.hint).toContain(place);
  });

  it("names a file that is missing, or code that fails", async () => {
    expect((await refusal({ conf: { CONFIG: "nowhere.yaml" } })).message).toContain("nowhere.yaml");
    put("metaflow-nomad.config.mjs", "throw new Error('boom');");
    expect((await refusal()).message).toMatch(/metaflow-nomad\.config\.mjs.*boom/);
  });

  it("has no lines for code, but a path", async () => {
    put("metaflow-nomad.config.mjs", "export default { sites: { a: { adress: 1 } } };");
    expect((await refusal()).message).toContain(", sites.a.adress: unknown key");
  });
});

describe("a loaded site", () => {
  it("has absolute paths that start at the file, and every default", async () => {
    put(
      "c/metaflow-nomad.config.yaml",
      'sites: { s: { address: "https://s:1", tls: { ca: ca.pem }, auth: { tokenFile: ../t } , placementTimeoutMinutes: 2} }',
    );
    const { sites } = await load({ startDir: join(root, "c") });
    expect(sites["s"]).toEqual({
      name: "s",
      address: "https://s:1",
      tls: { ca: join(root, "c/ca.pem") },
      auth: { tokenFile: join(root, "t") },
      watch: "event-stream",
      transport: "http",
      driver: "docker",
      defaults: { cpu: 256, memory: 512, namespace: "default", timeoutMinutes: 60 },
      gpu: { device: "nvidia/gpu" },
      connections: 50,
      lostAfterSeconds: 120,
      gangTimeoutSeconds: 600,
      placementTimeoutSeconds: 120,
      drivers: {},
    });
  });

  it("is picked by name, and an unknown name lists those there are", async () => {
    put("metaflow-nomad.config.yaml", two);
    const loaded = await load();
    expect(pickSite(loaded).name).toBe("lab");
    expect(pickSite(loaded, "prod").name).toBe("prod");
    for (const name of ["prd", "toString"])
      expect(() => pickSite(loaded, name)).toThrow(expect.objectContaining({ hint: "Known sites: lab, prod." }));
  });

  it("tells where each value came from, and no secret", async () => {
    const file = put(
      "metaflow-nomad.config.yaml",
      "sites:\n  s:\n    address: http://me:pw@s:1\n    auth: { token: hush }\n    credentials: { vault: { role: hush } }\n    drivers:\n      docker: { auth: { username: hush, password: hush }, labels: [{ a: b }] }\n",
    );
    const shown = describeOrigins(await load({ conf: { CPU: "700" } }));
    const at = (path: string) => shown.find((one) => one.path === `sites.s.${path}`);
    expect(at("defaults.cpu")).toEqual({ path: "sites.s.defaults.cpu", value: "700", origin: "METAFLOW_NOMAD_CPU" });
    expect(at("defaults.memory")).toMatchObject({ value: "512", origin: "built in" });
    expect(at("address")).toEqual({ path: "sites.s.address", value: '"http://(set)@s:1"', origin: `${file}:3:5` });
    expect(at("auth.token")).toMatchObject({ value: '"(set)"', origin: `${file}:4:13` });
    expect(at("drivers.docker")?.value).toContain('"labels":[{"a":"b"}]');
    expect(JSON.stringify(shown)).not.toMatch(/hush|pw@/);
  });
});

describe("METAFLOW_NOMAD_*", () => {
  it("SITE names the site of steps that name none; DRIVER and NODE_POOL stand above every site's own", async () => {
    put("metaflow-nomad.config.yaml", two);
    const loaded = await load({ conf: { SITE: "prod", DRIVER: "raw_exec", NODE_POOL: "gpu" } });
    expect(loaded.defaultSite).toBe("prod");
    expect(Object.values(loaded.sites).map(({ driver, defaults }) => [driver, defaults.nodePool])).toEqual([
      ["raw_exec", "gpu"],
      ["raw_exec", "gpu"],
    ]);
    const driver = describeOrigins(loaded).find(({ path }) => path === "sites.lab.driver");
    expect(driver).toEqual({ path: "sites.lab.driver", value: '"raw_exec"', origin: "METAFLOW_NOMAD_DRIVER" });
  });

  it("SITE is refused where the file has no such site, and beside an address", async () => {
    put("metaflow-nomad.config.yaml", two);
    expect(await refusal({ conf: { SITE: "prd" } })).toMatchObject({
      code: "NOMAD_E_CONFIG_UNKNOWN_SITE",
      hint: "Known sites: lab, prod.",
    });
    const both = await refusal({ conf: { SITE: "prod", ADDRESS: "http://x:1" } });
    expect(both.message).toContain("METAFLOW_NOMAD_SITE: METAFLOW_NOMAD_ADDRESS names a cluster too");
  });
});
