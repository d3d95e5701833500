import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNomadClient, type NomadClient, promoteRegions, regionsOf, rollOut } from "../../../src/client/index.js";
import { readJob } from "../../../src/client/jobs/job-file.js";
import { bundleCli, type CliBundle } from "../../support/cli.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { read } from "../../support/markdown.js";
import { pageCommands, runShell, writePageFiles } from "../../support/run-pages.js";

const page = "docs/commands/job-regions.md";
const regions = ["us-east", "eu-west"] as const;
let agents: readonly Agent[] = [];
let nomad: NomadClient;
let bundle: CliBundle;
const work = mkdtempSync(join(tmpdir(), "mfn-regions-"));
const run = (command: string) =>
  runShell(command, bundle.file, work, { METAFLOW_NOMAD_ADDRESS: agents[0]?.address ?? "" });
const at = (region: string) => ({ region });
const seconds = async (region: string) =>
  (await nomad.jobs.read("web", at(region))).TaskGroups?.[0]?.Tasks?.[0]?.Config?.["args"];

beforeAll(async () => {
  const start = (region: string) =>
    startAgent({ version: "1.11.0", quiet: true, region, datacenter: `dc-${region.split("-")[1] ?? ""}` });
  const [east, west, made] = await Promise.all([start("us-east"), start("eu-west"), bundleCli()]);
  [agents, bundle] = [[east, west], made];
  await east.api(`/v1/agent/join?address=127.0.0.1:${String(west.serfPort)}`, { method: "PUT" });
  nomad = createNomadClient({ address: east.address, env: {} });
  await eventually(async () => ((await nomad.status.regions()).length === 2 ? true : undefined));
  writePageFiles(page, work);
});
afterAll(async () => {
  await nomad?.[Symbol.asyncDispose]();
  await Promise.all(agents.map((agent) => agent.stop()));
  bundle?.[Symbol.dispose]();
  rmSync(work, { recursive: true, force: true });
});

/** The page's service, as another version: its tasks sleep so long, or fail in one region. */
async function version(text: string, failsIn = "nowhere") {
  const { job } = await readJob(nomad, read(page).match(/^```hcl\n(# web[\s\S]*?)^```$/m)?.[1] ?? "", {
    values: { seconds: text, fails_in: failsIn },
  });
  return job;
}

describe("over regions", () => {
  it("does what its page says, command by command", { timeout: 240_000 }, () => {
    for (const { command, code } of pageCommands(page)) {
      const { code: ended, out, err } = run(command);
      expect({ command, ended, said: `${out}${err}` }).toMatchObject({ command, ended: code });
      expect(`${out}${err}`).not.toMatch(/^ {4}at /m);
    }
  });

  it("gives each region its count, datacenters and meta, one after the other", { timeout: 120_000 }, async () => {
    const news: string[] = [];
    const job = await version("600");
    const end = await rollOut(nomad, job, regionsOf(job), { onNews: (line) => news.push(line) });
    expect(end.regions.map(({ region, state }) => [region, state])).toEqual(regions.map((region) => [region, "done"]));
    const begun = news.findIndex((line) => line.startsWith("eu-west: Job web registered"));
    expect(news.findIndex((line) => /^us-east: Deployment .* successful/.test(line))).toBeLessThan(begun);
    const [east, west] = await Promise.all(regions.map((region) => nomad.jobs.read("web", at(region))));
    expect(east).toMatchObject({ Datacenters: ["dc-east"], TaskGroups: [{ Count: 2 }], Region: "us-east" });
    expect(west).toMatchObject({ Datacenters: ["dc-west"], TaskGroups: [{ Count: 1 }], Meta: { currency: "eur" } });
  });

  it("places canaries everywhere, and promotes region by region", { timeout: 120_000 }, async () => {
    const job = await version("601");
    expect(await rollOut(nomad, job, regionsOf(job))).toMatchObject({ code: 0 });
    const waiting = await Promise.all(regions.map((region) => nomad.jobs.latestDeployment("web", at(region))));
    expect(waiting.map((one) => one?.Status)).toEqual(["running", "running"]);
    expect(await promoteRegions(nomad, "web", { regions }, { timeoutMs: 30_000 })).toMatchObject({ code: 0 });
    const done = await Promise.all(regions.map((region) => nomad.jobs.latestDeployment("web", at(region))));
    expect(done.map((one) => one?.Status)).toEqual(["successful", "successful"]);
  });

  it(
    "begins no more after a failure; goes on with fail_local; fails and reverts with fail_all",
    { timeout: 240_000 },
    async () => {
      const bad = await version("602", "us-east");
      const states = async (onFailure?: string, maxParallel = 1) => {
        const plan = regionsOf(bad, { maxParallel, ...(onFailure !== undefined && { onFailure }) });
        const { code, regions: ends } = await rollOut(nomad, bad, plan);
        return [code, ...ends.map(({ state }) => state)];
      };
      expect(await states("")).toEqual([1, "failed", "skipped"]);
      expect(await seconds("eu-west")).toEqual(["601"]);
      expect(await states("fail_local")).toEqual([1, "failed", "done"]);
      expect((await seconds("eu-west"))?.toString()).toContain("sleep 602");
      // Its canaries wait there, healthy; that the other region fails takes them back, too.
      expect(await states("fail_all", 0)).toEqual([1, "failed", "cancelled"]);
      await expect.poll(() => Promise.all(regions.map(seconds)), { timeout: 30_000 }).toEqual([["601"], ["601"]]);
    },
  );

  it("says which region there is none of, before it begins", async () => {
    const job = await version("603");
    const plan = regionsOf(job, { regions: ["us-east", "mars"] });
    await expect(rollOut(nomad, job, plan)).rejects.toThrow("there is no region mars");
    expect(await seconds("us-east")).toEqual(["601"]);
    writeFileSync(join(work, "x.json"), JSON.stringify(job));
    expect(run("metaflow-nomad job run --regions us-east,us-east x.json")).toMatchObject({ code: 1 });
    expect(run("metaflow-nomad job run --on-failure explode x.json").err).toContain("Write fail_local or fail_all");
    expect(run("metaflow-nomad job stop --regions us-east,mars web")).toMatchObject({
      code: 1,
      out: "us-east: job web was stopped.\n",
      err: expect.stringMatching(/^mars: NOMAD_E_API_REGION/),
    });
  });
});
