import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startAclAgent, startAgent } from "../support/cluster/index.mjs";
import { openTestHost, run } from "../support/launch-host.js";
import { blocks, read } from "../support/markdown.js";

const page = "docs/setup.md";
const hcl = blocks("hcl").filter(({ where }) => where.startsWith(`${page}:`));
const policies = hcl.filter(({ text }) => /^namespace /m.test(text));
const settings = hcl.filter((block) => !policies.includes(block));
const work = mkdtempSync(join(tmpdir(), "mfn-docs-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A command block of the page that contains a text, line by line. */
function commands(text: string): readonly string[][] {
  const block = blocks("sh").find((one) => one.where.startsWith(`${page}:`) && one.text.includes(text));
  return (block?.text.trim().split("\n") ?? []).map((line) => line.split(" "));
}

const task = { driver: "raw_exec", resources: { cpu: 50, memory: 32 }, argv: ["sh", "-c", "echo from a node"] };

describe.each(["1.11.0", "1.7.7"])("docs/setup.md on Nomad %s", (version) => {
  it("has settings of nodes with which an agent offers what they promise", async () => {
    const folder = join(work, "shared");
    mkdirSync(folder, { recursive: true });
    const text = settings.map((block) => block.text.replace("/mnt/metaflow", folder)).join("\n");
    const options = { exec: true, docker: { config: { volumes: { enabled: false } } }, rawExec: true, quiet: true };
    await using agent = await startAgent({ ...options, version, hcl: text });
    const node = await agent.api(`/v1/node/${agent.nodeId}`);
    expect(node.HostVolumes.metaflow.Path).toBe(folder);
    expect(node.Attributes["driver.docker.volumes.enabled"]).toBe("true");
    for (const driver of ["docker", "exec", "raw_exec"]) expect(node.Drivers[driver]).toMatchObject({ Healthy: true });
    await using host = openTestHost(agent.address);
    const { outcome, printed } = await run(host, task);
    expect([outcome.kind, printed.stdout]).toEqual(["succeeded", "from a node\n"]);
  });

  it("has settings that `nomad fmt` leaves as they are, and `nomad config validate` takes", async () => {
    await using agent = await startAgent({ version, quiet: true });
    for (const [index, { text }] of hcl.entries()) {
      writeFileSync(join(work, `block-${String(index)}.hcl`), text);
      execFileSync(agent.nomadBinary, ["fmt", "-check", join(work, `block-${String(index)}.hcl`)]);
    }
    const file = join(work, "agent.hcl");
    writeFileSync(file, `data_dir = "${work}"\n${settings[0]?.text ?? ""}`);
    execFileSync(agent.nomadBinary, ["config", "validate", file], { stdio: "pipe" });
  });

  it("has policies that are enough, and the commands that apply them", async () => {
    const [least, preflight] = policies;
    expect(least?.text).toBe(read("config/policies/least.hcl"));
    expect(preflight?.text).toBe(read("config/policies/preflight.hcl"));
    await using agent = await startAclAgent({ version, quiet: true });
    const { token } = await agent.createToken("least", least?.text);
    writeFileSync(join(work, "preflight.hcl"), preflight?.text ?? "");
    const said = commands("nomad acl policy apply").map(([, ...words]) =>
      execFileSync(agent.nomadBinary, words, { cwd: work, env: { ...agent.env }, encoding: "utf8" }),
    );
    const made = /^Secret ID += (\S+)$/m.exec(said.join(""))?.[1] ?? "";
    for (const secret of [token, made]) {
      await using host = openTestHost(agent.address, { auth: { token: secret } });
      const { outcome } = await run(host, task);
      expect(outcome.kind).toBe("succeeded");
    }
  });

  it("has commands that make the certificates it names", async () => {
    await using agent = await startAgent({ version, quiet: true });
    const folder = mkdtempSync(join(work, "certs-"));
    for (const [, ...words] of commands("nomad tls ca create")) execFileSync(agent.nomadBinary, words, { cwd: folder });
    const site = blocks("yaml").find(({ where, text }) => where.startsWith(`${page}:`) && text.includes("tls:"));
    const files = [...(site?.text ?? "").matchAll(/certs\/(\S+)/g)].map(([, file = ""]) => file);
    expect(files).toHaveLength(3);
    execFileSync("ls", files, { cwd: folder });
  });
});
