import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preflight } from "../../../src/core/launch/preflight.js";
import { request } from "../../support/builders.js";
import { type Agent, LEAST_RIGHTS, startAclAgent } from "../../support/cluster/index.mjs";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

const newest = { max_run_duration: "1h" };
/** In 1.11.0, not in 1.7.7; and a job that has it runs. */
const middling = { artifacts: [], templates: { data: "x", destination: "local/x", once: true } };

describe.each(["1.11.0", "1.7.7"])("what a job needs, on Nomad %s", (version) => {
  let agent: Agent & { readonly token: string };
  let least: string;
  beforeAll(async () => {
    agent = await startAclAgent({ version, quiet: true });
    least = (await agent.createToken("least", LEAST_RIGHTS)).token;
  });
  afterAll(() => agent?.stop());

  const hostOf = (token: string) => openTestHost(agent.address, { auth: { token }, placementTimeoutSeconds: 1 });

  it("is refused by name where the version is known", async () => {
    await using host = hostOf(agent.token);
    const refused = {
      code: "NOMAD_E_REQUEST_VERSION",
      message: expect.stringContaining("needs Nomad 2.0.0") as string,
    };
    await expect(run(host, { blocks: newest })).rejects.toMatchObject(refused);
    const launcher = host.site();
    const { job } = launcher.compose(request({ jobId: uniqueId("new"), blocks: newest }));
    await expect(preflight(job, launcher, AbortSignal.timeout(10_000))).rejects.toMatchObject(refused);
    const jobs = (await agent.api("/v1/jobs")) as unknown[];
    expect(jobs).toEqual([]);
    const going = run(host, { blocks: middling });
    if (version === "1.11.0") expect((await going).outcome.kind).toBe("succeeded");
    else await expect(going).rejects.toThrow("templates: once needs Nomad 1.10.2");
  });

  it("keeps the job off older nodes where it is not, and says so once", async () => {
    await using host = hostOf(least);
    const first = await run(host, { blocks: newest });
    const warnings = first.progress.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
    expect(warnings).toEqual([
      expect.stringContaining("max_run_duration needs 2.0.0: nodes older than that are left out"),
    ]);
    expect(first.outcome).toMatchObject({ kind: "unplaced" });
    expect(first.outcome.sentence).toContain("1 node does not meet ${attr.nomad.version} semver >= 2.0.0");
    const second = await run(host, { blocks: middling });
    expect(second.progress.filter(({ kind }) => kind === "warning")).toEqual([]);
    expect(second.outcome.kind).toBe(version === "1.11.0" ? "succeeded" : "unplaced");
  });
});
