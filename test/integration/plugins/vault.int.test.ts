import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, startAgent, startVault, type VaultServer } from "../../support/cluster/index.mjs";
import { example } from "../../support/examples.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

const password = 'p"w <$X> é';

describe.each(["1.11.0", "1.7.7"])("Vault and a task on Nomad %s", (version) => {
  let vault: VaultServer;
  let agent: Agent;
  let host: Host;

  beforeAll(async () => {
    vault = await startVault();
    agent = await startAgent({ version, quiet: true, config: { vault: vault.agentConfig } });
    host = openTestHost(agent.address);
    await vault.trust(agent.address);
    await vault.write("secret/data/flows/db", { data: { password } });
    await vault.write("sys/mounts/old", { type: "kv", options: { version: "1" } });
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await agent?.stop();
    await vault?.stop();
  });

  it("the example of the page gets token and secret", async () => {
    const { outcome, printed } = await run(host, await example("docs/attributes/secrets.md", "from-vault"));
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(printed.stdout.trim()).toBe(String(Buffer.byteLength(password) + 1));
  });

  it.each(["vault:secret/flows/db#password", "vault:secret/data/flows/db#password"])(
    "%s arrives byte for byte, and stands nowhere in the job",
    async (reference) => {
      const jobId = uniqueId("vault");
      const asked = { argv: ["printenv", "PASSWORD"], secrets: { PASSWORD: reference }, blocks: { vault: "flows" } };
      const { printed } = await run(host, { jobId, ...asked });
      expect(printed.stdout).toBe(`${password}\n`);
      const stored = (await agent.api(`/v1/job/${jobId}`)) as { TaskGroups: { Tasks: { Vault: object }[] }[] };
      expect(stored.TaskGroups[0]?.Tasks[0]?.Vault).toMatchObject({ Role: "flows", ChangeMode: "noop" });
      expect(JSON.stringify(stored)).not.toContain('p\\"w');
    },
  );

  it("a key that is not there ends the task with a sentence", async () => {
    const secrets = { PASSWORD: "vault:secret/flows/db#user" };
    const { outcome } = await run(host, { argv: ["true"], secrets, blocks: { vault: true } });
    expect(outcome).toMatchObject({ kind: "failed", retriable: false });
    expect(outcome.sentence).toContain("the Vault secret secret/flows/db has nothing under user");
  });

  it.each(["vault:secret/flows/none#x", "vault:secret/other#x"])(
    "%s, which is not there or may not be read, is waited for and told",
    async (reference) => {
      const wish = new AbortController();
      const told: string[] = [];
      const secrets = { PASSWORD: reference };
      const going = host.site().launch({
        request: { ...(await example("docs/attributes/secrets.md", "from-vault")), secrets },
        sink: { write: () => undefined, end: () => undefined, [Symbol.asyncDispose]: async () => undefined },
        report: (news) => {
          if (news.kind !== "warning") return;
          told.push(news.message);
          wish.abort();
        },
        signal: AbortSignal.any([wish.signal, AbortSignal.timeout(90_000)]),
      });
      expect((await going).kind).toBe("stopped");
      expect(told[0]).toContain(`the task waits for its templates (Missing: vault.read(${reference.slice(6, -2)}))`);
    },
  );
});

describe("a cluster without Vault", () => {
  it.each(["1.11.0", "1.7.7"])("%s refuses the job, and names Vault", async (version) => {
    await using agent = await startAgent({ version, quiet: true });
    await using host = openTestHost(agent.address);
    const asked = { argv: ["true"], blocks: { vault: "flows" } };
    await expect(run(host, asked)).rejects.toMatchObject({
      code: "NOMAD_E_API_REFUSED",
      message: expect.stringMatching(/Vault .*not enabled/i) as string,
    });
  });
});
