import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretVariablePath } from "../../../src/core/model/secret-variable.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { runJob } from "./run-job.js";

const secrets = {
  AWS_SECRET_ACCESS_KEY: 'a"b\\c$${PATH}<&>{{ x }}#',
  EMPTY: "",
  LINES: " a\nb\r\n\t\u0001\u007f ",
  UNICODE: "é e\u0301 😀 \u2028",
  LONG: "x".repeat(60_000),
};
const print = [
  "import json, os, stat",
  "path = os.environ['NOMAD_SECRETS_DIR'] + '/metaflow-nomad.env'",
  "try: readable = bool(open(path).read())",
  "except OSError: readable = False",
  "print(json.dumps([dict(os.environ), readable, stat.S_IMODE(os.stat(path).st_mode)]))",
].join("\n");

describe.each([
  ["1.11.0", false],
  ["1.11.0", true],
  ["1.7.7", false],
  ["1.7.7", true],
])("secrets on Nomad %s, ACLs %s", (version, acl) => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await startAgent({ version, acl, exec: true, quiet: true });
  });
  afterAll(() => agent?.stop());

  it.each([
    ["raw_exec", "plain-id"],
    ["exec", "with/slash~and_more-"],
    ["raw_exec", "l".repeat(117)],
  ])("reach %s of job %s byte for byte, and do not stand in the job", async (driver, jobId) => {
    const path = secretVariablePath(jobId) ?? "";
    await agent.api(`/v1/var/${path}`, { method: "PUT", body: { Path: path, Items: secrets } });
    const ran = await runJob(agent, { jobId, driver, argv: ["/usr/bin/python3", "-c", print], secretEnv: secrets });
    expect(ran.status, ran.stderr).toBe("complete");
    const [env, readable, mode] = JSON.parse(ran.stdout) as [Record<string, string>, boolean, number];
    expect(env).toMatchObject(secrets);
    // The file is the task's own user's, and nobody else's.
    expect({ readable, mode }).toEqual({ readable: true, mode: 0o600 });
    const stored = JSON.stringify(await agent.api(`/v1/job/${encodeURIComponent(jobId)}`));
    expect(stored).not.toContain("{{ x }}");
    await agent.request(`/v1/var/${path}`, { method: "DELETE" });
  });
});
