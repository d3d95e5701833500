import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Agent, startAclAgent } from "../../support/cluster/index.mjs";
import { findingsOn, siteFor } from "../../support/examine.js";

/** Every right the launcher uses -> a policy with all of them but this one. */
const capabilities = ["submit-job", "read-job", "list-jobs", "read-logs", "alloc-exec"];
const variables = ["write", "destroy"];

function policy(without: string): string {
  const inNamespace = capabilities.filter((one) => one !== without);
  const paths = variables.filter((one) => `variables ${one}` !== without);
  const reads = ["node", "agent"].filter((one) => `${one}:read` !== without);
  return `namespace "default" {
    capabilities = ${JSON.stringify(inNamespace)}
    variables { path "nomad/jobs/*" { capabilities = ${JSON.stringify(paths)} } }
  }
  ${reads.map((one) => `${one} { policy = "read" }`).join("\n")}`;
}

const rights = [...capabilities, ...variables.map((one) => `variables ${one}`), "node:read", "agent:read"];
const required = new Set(["submit-job", "read-job", "list-jobs", "read-logs"]);

describe.each(["1.11.0", "1.7.7"])("rights on Nomad %s", (version) => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await startAclAgent({ version, quiet: true });
  });
  afterAll(() => agent?.stop());

  const examined = async (rules: string, name: string) => {
    const { token } = await agent.createToken(name, rules);
    return findingsOn(siteFor(agent, { auth: { token } }));
  };
  const missing = (found: Awaited<ReturnType<typeof findingsOn>>) =>
    [...found.values()].filter(({ check, status }) => check.startsWith("right ") && status !== "ok");

  it("are all found with a token that has all of them, and no more", async () => {
    const found = await examined(policy("nothing"), "all");
    expect(missing(found)).toEqual([]);
    expect([...found.keys()].filter((check) => check.startsWith("right "))).toEqual(rights.map(right).sort(asListed));
    expect([...found.values()].filter(({ status }) => status === "fail")).toEqual([]);
  });

  it.each(rights)("%s is named when it alone is missing", async (name) => {
    const found = await examined(policy(name), `no-${name.replace(/\W/g, "-")}`);
    expect(missing(found)).toMatchObject([
      { check: right(name), status: required.has(name) ? "fail" : "warn", found: expect.stringMatching(/^missing: /) },
    ]);
    const capability = name.replace(/^variables |:read$/g, "");
    expect(missing(found)[0]?.todo).toContain(name.endsWith(":read") ? `${capability} { policy` : `"${capability}"`);
  });

  it("are read from patterns and short forms as Nomad reads them", async () => {
    const found = await examined('namespace "*" { policy = "write" }\nnode { policy = "write" }', "short");
    expect(missing(found).map(({ check }) => check)).toEqual([
      "right variables write",
      "right variables destroy",
      "right agent:read",
    ]);
    const denied = await examined(
      'namespace "*" { policy = "write" }\nnamespace "default" { policy = "deny" }',
      "denied",
    );
    expect(denied.get("namespace")).toMatchObject({
      status: "fail",
      found: expect.stringContaining("no right at all"),
    });
  });

  it("in a namespace that is not there are not the matter: the namespace is", async () => {
    const { token } = await agent.createToken("least", policy("nothing"));
    const found = await findingsOn(siteFor(agent, { auth: { token }, defaults: { namespace: "defaul" } }));
    expect(found.get("namespace")).toMatchObject({
      status: "fail",
      found: "there is no namespace defaul",
      todo: "Did you mean default?",
    });
  });

  it("of a role count as well", async () => {
    await agent.createToken("by-role", policy("nothing"));
    const role = await agent.api("/v1/acl/role", {
      method: "POST",
      body: { Name: "launcher", Policies: [{ Name: "by-role" }] },
    });
    const made = await agent.api("/v1/acl/token", {
      method: "POST",
      body: { Name: "with-role", Type: "client", Roles: [{ ID: role.ID }] },
    });
    const found = await findingsOn(siteFor(agent, { auth: { token: made.SecretID } }));
    expect(missing(found)).toEqual([]);
    expect(found.get("token")?.found).toContain("policies: by-role");
  });

  it("of nobody: an unknown token and no token are told apart, and no token is printed", async () => {
    const secret = "11111111-2222-3333-4444-555555555555";
    const unknown = await findingsOn(siteFor(agent, { auth: { token: secret } }));
    expect(unknown.get("token")).toMatchObject({
      status: "fail",
      found: "Nomad does not know the token from the test",
    });
    expect(JSON.stringify([...unknown.values()])).not.toContain(secret);
    const none = await findingsOn(siteFor(agent));
    expect(none.get("token")).toMatchObject({
      status: "warn",
      found: expect.stringContaining("no token is configured"),
    });
    expect(none.get("namespace")?.status).toBe("fail");
  });

  it("leave nothing behind when they are tried", async () => {
    expect(await agent.api("/v1/jobs?namespace=*")).toEqual([]);
    expect((await agent.api("/v1/vars?namespace=*")) ?? []).toEqual([]);
    expect(await agent.api("/v1/evaluations?namespace=*")).toEqual([]);
  });
});

const right = (name: string) => `right ${name}`;
/** In the order in which the doctor prints them: what is needed first. */
const order = [...required, "variables write", "variables destroy", "node:read", "agent:read", "alloc-exec"].map(right);
const asListed = (a: string, b: string) => order.indexOf(a) - order.indexOf(b);
