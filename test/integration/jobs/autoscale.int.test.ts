import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  autoscale,
  createNomadClient,
  group,
  job,
  type NomadClient,
  redisQueue,
  type ScaleLook,
  task,
  update,
} from "../../../src/client/index.js";
import { queueSourceConformance } from "../../../src/testing/index.js";
import { bundleCli, type CliBundle } from "../../support/cli.js";
import { type Agent, type RedisServer, startAgent, startRedis } from "../../support/cluster/index.mjs";
import { pageCommands, runShell, writePageFiles } from "../../support/run-pages.js";
import { push, redis } from "../../support/redis-client.js";

const page = "docs/commands/autoscale.md";
let agent: Agent;
let server: RedisServer;
let nomad: NomadClient;
let bundle: CliBundle;
beforeAll(async () => {
  [agent, server, bundle] = await Promise.all([
    startAgent({ version: "1.11.0", dev: false, quiet: true }),
    startRedis(),
    bundleCli(),
  ]);
  nomad = createNomadClient({ address: agent.address, env: {} });
});
afterAll(async () => {
  await nomad?.[Symbol.asyncDispose]();
  bundle?.[Symbol.dispose]();
  await Promise.all([agent?.stop(), server?.stop()]);
});

const hasty = {
  minHealthy: "100ms",
  healthyDeadline: "10s",
  progressDeadline: "20s",
  healthCheck: "task_states",
} as const;
const workers = (id: string) =>
  job(id, "service", {
    TaskGroups: [
      group(
        "workers",
        [
          task(
            "w",
            "raw_exec",
            { command: "sleep", args: ["600"] },
            { KillTimeout: 1e9, resources: { cpu: 20, memory: 16 } },
          ),
        ],
        { Count: 1, Update: update({ ...hasty, maxParallel: 10 }) },
      ),
    ],
  });

/** Looks until one is as wanted; gives all of them. */
async function until(looks: AsyncGenerator<ScaleLook>, wanted: (look: ScaleLook) => boolean): Promise<ScaleLook[]> {
  const seen: ScaleLook[] = [];
  for (;;) {
    const { value }: { value: ScaleLook } = await looks.next();
    seen.push(value);
    if (wanted(value)) return seen;
  }
}
const scaledTo = (looks: readonly ScaleLook[]) =>
  looks.filter(({ outcome }) => outcome === "scaled").map(({ reason }) => Number(reason.split("-> ")[1]));
const settledAt = (count: number) => (look: ScaleLook) => look.current === count && look.wanted === count;

describe("autoscale, on a real redis and a real agent", () => {
  it(
    "follows the queue up and down without flapping, over restarts of redis and of the agent",
    { timeout: 180_000 },
    async () => {
      await nomad.jobs.register(workers("worker"));
      const source = redisQueue({ url: new URL(server.url), queue: "jobs" });
      const how = { source, messagesPerWorker: 10, max: 6, intervalMs: 150, cooldownMs: 1_500 };
      const looks = autoscale(nomad, "worker", { ...how, signal: AbortSignal.timeout(150_000) });

      await push(server.url, "jobs", 35);
      const rise = await until(looks, settledAt(4));
      await push(server.url, "jobs", 200);
      // Empty for a moment, again and again: as a queue is whose workers take what comes in handfuls.
      for (let wave = 0; wave < 3; wave += 1) {
        rise.push((await looks.next()).value);
        await redis(server.url, "RENAME", "jobs", "aside");
        rise.push((await looks.next()).value);
        await redis(server.url, "RENAME", "aside", "jobs");
      }
      rise.push(...(await until(looks, settledAt(6))));
      expect(scaledTo(rise)).toEqual([4, 6]);

      await server.kill();
      expect((await until(looks, ({ outcome }) => outcome === "failed")).at(-1)?.reason).toContain(
        "NOMAD_E_QUEUE_FAILED",
      );
      await server.restart();
      await until(looks, settledAt(6));

      await agent.kill();
      await until(looks, ({ outcome, reason }) => outcome === "failed" && reason.includes("NOMAD_E_TRANSPORT"));
      await agent.restart();
      await redis(server.url, "DEL", "jobs");
      const fall = await until(looks, settledAt(1));
      expect(scaledTo(fall)).toEqual([1]);

      const { Events } = (await nomad.jobs.scaleStatus("worker")).TaskGroups?.["workers"] ?? {};
      expect(Events?.map(({ PreviousCount, Count }) => [PreviousCount, Count])).toEqual([[6, 1], [4, 6], [1, 4]]); // prettier-ignore
      expect(Events?.[2]).toMatchObject({
        Message: `35 messages in ${source.origin}: worker/workers 1 -> 4`,
        Meta: { by: "metaflow-nomad autoscale", depth: 35, messages_per_worker: 10, min: 1, max: 6 },
      });
      await nomad.jobs.deregister("worker", { purge: true });
    },
  );

  it("as a command: a dry run changes nothing, Ctrl-C ends it with 130", { timeout: 60_000 }, async () => {
    await nomad.jobs.register(workers("dry"));
    await push(server.url, "many", 950);
    const words = ["autoscale", "dry", "--queue", "many", "--interval", "200ms", "--cooldown", "1s"];
    const url = server.url.replace("//", "//scaler:never-in-argv@");
    const env = { PATH: process.env["PATH"], METAFLOW_NOMAD_ADDRESS: agent.address, METAFLOW_NOMAD_QUEUE_URL: url };
    const child = spawn(process.execPath, [bundle.file, ...words, "--dry-run"], { env });
    let said = "";
    for (const out of [child.stdout, child.stderr]) out.on("data", (text) => (said += String(text)));
    await expect.poll(() => said, { timeout: 30_000 }).toContain("WRONGPASS");
    expect(said).not.toContain("never-in-argv");
    await redis(server.url, "ACL", "SETUSER", "scaler", "on", ">never-in-argv", "~many", "+@read", "+@connection");
    await expect
      .poll(() => said, { timeout: 30_000 })
      .toMatch(/planned: 950 messages in redis .* many: dry\/workers 1 -> 10/);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(said).not.toMatch(/never-in-argv|^ {4}at /m);
    expect((await nomad.jobs.read("dry")).TaskGroups?.[0]?.Count).toBe(1);
    await nomad.jobs.deregister("dry", { purge: true });
  });

  it("as its page says, command by command", { timeout: 60_000 }, async () => {
    const work = mkdtempSync(join(tmpdir(), "mfn-autoscale-"));
    writePageFiles(page, work);
    const env = { METAFLOW_NOMAD_ADDRESS: agent.address, METAFLOW_NOMAD_QUEUE_URL: server.url };
    const [start, ...endless] = pageCommands(page);
    expect(runShell(start?.command ?? "", bundle.file, work, env).code).toBe(0);
    expect(endless).toHaveLength(3);
    for (const { command } of endless) {
      const words = command.replace("redis://127.0.0.1:6379", server.url).split(" ").slice(1);
      const child = spawn(process.execPath, [bundle.file, ...words], { env: { ...process.env, ...env } });
      const [first] = (await once(child.stdout, "data")) as [Buffer];
      expect(first.toString()).toMatch(/steady|"outcome":"/);
      child.kill("SIGINT");
      expect(await once(child, "exit")).toEqual([130, null]);
    }
    await nomad.jobs.deregister("worker", { purge: true });
    rmSync(work, { recursive: true });
  });

  it("scales by a queue of a kind that a plugin brings, and names the plugin where that gives no number", async () => {
    const work = mkdtempSync(join(tmpdir(), "mfn-autoscale-"));
    const source = "depth: async () => (queue === 'broken' ? 'many' : 950), [Symbol.asyncDispose]: async () => {}";
    writeFileSync(
      join(work, "acme.mjs"),
      `export const acme = { name: "acme-queues", apiVersion: "1", setup: (on) => on.queueSource("acme", ({ url, queue }) => ({ origin: url.host + " " + queue, ${source} })) };`,
    );
    const sites = `defaultSite: a\nplugins: [./acme.mjs]\nsites:\n  a: { address: "${agent.address}" }\n`;
    writeFileSync(join(work, "metaflow-nomad.config.yaml"), sites);
    await nomad.jobs.register(workers("plugged"));
    const { NOMAD_ADDR: _, ...env } = process.env;
    for (const [queue, wanted] of [
      ["jobs", /planned: 950 messages in far jobs: plugged\/workers 1 -> 10/],
      ["broken", /failed: .*acme-queues/],
    ] as const) {
      const words = ["autoscale", "plugged", "--url", "acme://far", "--queue", queue, "--dry-run"];
      const child = spawn(process.execPath, [bundle.file, ...words], { cwd: work, env });
      let said = "";
      for (const out of [child.stdout, child.stderr]) out.on("data", (text) => (said += String(text)));
      await expect.poll(() => said, { timeout: 30_000 }).toMatch(wanted);
      child.kill("SIGINT");
      expect(await once(child, "exit")).toEqual([130, null]);
    }
    await nomad.jobs.deregister("plugged", { purge: true });
    rmSync(work, { recursive: true });
  });

  it.each(queueSourceConformance)("redis $name", async ({ run }) => {
    let queues = 0;
    const address = () => ({
      url: new URL(server.url),
      queue: `conformance-${String(Math.random())}-${String((queues += 1))}`,
    });
    await run({ factory: redisQueue, address, put: ({ queue }, messages) => push(server.url, queue, messages) });
  });

  it("redis counts streams, also for a group, sets and sorted sets, in the database that the address names", async () => {
    const depth = (queue: string, rest = "") =>
      redisQueue({ url: new URL(`${server.url}/0${rest}`), queue }).depth(AbortSignal.timeout(10_000));
    for (let n = 1; n <= 4; n += 1) await redis(server.url, "XADD", "stream", `${String(n)}-1`, "n", String(n));
    await redis(server.url, "XGROUP", "CREATE", "stream", "g", "0");
    await redis(server.url, "XREADGROUP", "GROUP", "g", "one", "COUNT", "2", "STREAMS", "stream", ">");
    await redis(server.url, "XACK", "stream", "g", "1-1");
    expect([await depth("stream"), await depth("stream", "?group=g")]).toEqual([4, 3]);
    await expect(depth("stream", "?group=none")).rejects.toThrow("no group none");
    await redis(server.url, "SADD", "set", "a", "b");
    await redis(server.url, "ZADD", "zset", "1", "a");
    expect([await depth("set"), await depth("zset")]).toEqual([2, 1]);
    const other = redisQueue({ url: new URL(`${server.url}/1`), queue: "set" });
    expect(await other.depth(AbortSignal.timeout(10_000))).toBe(0);
  });
});
