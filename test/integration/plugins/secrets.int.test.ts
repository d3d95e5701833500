import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { type Agent, LEAST_RIGHTS, startAclAgent } from "../../support/cluster/index.mjs";
import { example } from "../../support/examples.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

const page = "docs/attributes/secrets.md";
/** The rights that running flows needs, and the variables of its own jobs. */
const WITH_VARIABLES = LEAST_RIGHTS.replace(
  /\}\s*$/,
  'variables { path "nomad/jobs/*" { capabilities = ["write", "destroy"] } }\n}\n',
);
const FLOWS = 'namespace "default" { variables { path "flows/*" { capabilities = ["read"] } } }';
const folder = mkdtempSync(join(tmpdir(), "metaflow-nomad-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const values = { env: 'from <"env"> ${PATH} é', file: "two\nlines", all: "for {{ all }} jobs", policy: "by a policy" };

describe.each(["1.11.0", "1.7.7"])("secrets by reference on Nomad %s, ACLs on", (version) => {
  let agent: Agent;
  let host: Host;
  let poor: Host;

  const put = (path: string, Items: Record<string, string>) =>
    agent.api(`/v1/var/${path}`, { method: "PUT", body: { Path: path, Items } });
  const show = (secrets: Record<string, string>): Partial<LaunchRequest> => ({
    argv: ["python3", "-c", "import json, os; print(json.dumps([os.environ[k] for k in 'ABCD' if k in os.environ]))"],
    secrets,
  });

  beforeAll(async () => {
    agent = await startAclAgent({ version, quiet: true });
    const [rich, least] = [await agent.createToken("rich", WITH_VARIABLES), await agent.createToken("least")];
    host = openTestHost(agent.address, { auth: { token: rich.token } });
    poor = openTestHost(agent.address, { auth: { token: least.token } });
    writeFileSync(join(folder, "secret"), `${values.file}\n`);
    vi.stubEnv("API_KEY", values.env);
    await put("nomad/jobs", { db_password: values.all });
    await put("flows/db", { "a key": values.policy });
    await put("team/db", { password: "nobody's" });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all([host?.[Symbol.asyncDispose](), poor?.[Symbol.asyncDispose]()]);
    await agent?.stop();
  });

  it("arrive byte for byte, stand nowhere in the job, and are gone afterwards", async () => {
    const jobId = uniqueId("secrets");
    // Before 1.8, such a policy names a job.
    const JobACL = { Namespace: "default", ...(version === "1.7.7" && { JobID: jobId }) };
    const policy = { Name: "flows-read", Rules: FLOWS, JobACL };
    await agent.api("/v1/acl/policy/flows-read", { method: "POST", body: policy });
    const references = {
      A: "env:API_KEY",
      B: `file:${join(folder, "secret")}`,
      C: "nomad:nomad/jobs#db_password",
      D: "nomad:flows/db#a key",
    };
    const { outcome, printed, progress } = await run(host, { jobId, ...show(references) });
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(JSON.parse(printed.stdout)).toEqual(Object.values(values));
    const stored = JSON.stringify([await agent.api(`/v1/job/${jobId}`), progress]);
    for (const value of Object.values(values)) expect(stored).not.toContain(JSON.stringify(value).slice(1, -1));
    expect((await agent.request(`/v1/var/nomad/jobs/${jobId}`)).status).toBe(404);
  });

  it("stand in the job, with a warning, where the token may not write variables", async () => {
    const { outcome, printed, progress } = await run(poor, show({ A: "env:API_KEY" }));
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(JSON.parse(printed.stdout)).toEqual([values.env]);
    const warnings = progress.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
    expect(warnings.join()).toContain("A are readable in the job");
    expect(JSON.stringify(progress)).not.toContain("from <");
  });

  it("are refused before anything is submitted where they are not here", async () => {
    const jobId = uniqueId("refused");
    await expect(run(host, { jobId, ...show({ A: "env:NO_SUCH_KEY" }) })).rejects.toThrow(
      "NO_SUCH_KEY is not set here",
    );
    await expect(run(host, { jobId, ...show({ A: "swordfish" }) })).rejects.toThrow("secrets.A: it is no reference");
    expect((await agent.request(`/v1/job/${jobId}`)).status).toBe(404);
  });

  it("a key that is not in the variable ends the task with a sentence", async () => {
    const { outcome } = await run(host, show({ A: "nomad:nomad/jobs#nothing" }));
    expect(outcome).toMatchObject({ kind: "failed", retriable: false });
    expect(outcome.sentence).toContain("the Nomad variable nomad/jobs has nothing under nothing");
  });

  it.each(["team/db", "flows/none"])("%s, forbidden or absent, is waited for and told", async (path) => {
    const wish = new AbortController();
    const told: string[] = [];
    const outcome = await host.site().launch({
      request: { ...(await example(page, "references")), secrets: { A: `nomad:${path}#password` } },
      sink: { write: () => undefined, end: () => undefined, [Symbol.asyncDispose]: async () => undefined },
      report: (news) => {
        if (news.kind !== "warning") return;
        told.push(news.message);
        wish.abort();
      },
      signal: AbortSignal.any([wish.signal, AbortSignal.timeout(90_000)]),
    });
    expect(outcome.kind).toBe("stopped");
    expect(told[0]).toContain(`the task waits for its templates (Missing: nomad.var.block(${path}@default.global))`);
  });

  it("the example of the page gets both", async () => {
    const { outcome, printed } = await run(host, await example(page, "references"));
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    const sizes = [values.env, values.all].map((value) => String(Buffer.byteLength(value) + 1));
    expect(printed.stdout.trim().split("\n")).toEqual(sizes);
  });

  it("identities: the task talks to Nomad as itself, and has a token for others in a file", async () => {
    const asked = await example(page, "who-am-i");
    const look = "import json, os; print(json.dumps(sorted(os.listdir(os.environ['NOMAD_SECRETS_DIR']))))";
    const { outcome, printed } = await run(host, asked);
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(Number(printed.stdout)).toBeGreaterThan(20);
    const files = await run(host, { argv: ["python3", "-c", look], blocks: { ...asked.blocks } });
    expect(JSON.parse(files.printed.stdout)).toContain("nomad_storage.jwt");
    const shown = await run(host, { argv: ["sh", "-c", "echo ${#NOMAD_TOKEN}"], blocks: { identity: true } });
    expect(Number(shown.printed.stdout)).toBeGreaterThan(100);
  });
});
