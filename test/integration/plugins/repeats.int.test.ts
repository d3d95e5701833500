import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { LaunchProgress } from "../../../src/core/model/progress.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { openTestHost, run } from "../../support/launch-host.js";

const warnings = (progress: readonly LaunchProgress[]) =>
  progress.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
const counts = (progress: readonly LaunchProgress[], kind: LaunchProgress["kind"]) =>
  progress.filter((news) => news.kind === kind).length;
const sh = (script: string) => ({ driver: "raw_exec", argv: ["/bin/sh", "-c", script] });

/** Fails as often as there are no marks yet; `$NOMAD_TASK_DIR` outlives a restart, not a new allocation. */
const failsOnce =
  'if [ -e "$NOMAD_TASK_DIR/tried" ]; then echo second; else : > "$NOMAD_TASK_DIR/tried"; echo first; exit 3; fi';
/** The allocation's index stays, its ID does not: what is outside of both remembers. */
const failsOnceAnywhere = (mark: string) =>
  `if mkdir ${mark} 2>/dev/null; then printf first; exit 3; else rmdir ${mark}; echo second; fi`;

describe.each(["1.11.0", "1.7.7"])("what Nomad repeats on %s", (version) => {
  let agent: Agent;
  let host: Host;
  beforeAll(async () => {
    agent = await startAgent({ version, quiet: true });
    host = openTestHost(agent.address);
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await agent?.stop();
  });

  it("a task that fails once and succeeds on its restart has succeeded, with the output of both", async () => {
    const blocks = { restart: { attempts: 2, delay: "1s" } };
    const { outcome, printed, progress } = await run(host, { ...sh(failsOnce), blocks });
    expect(outcome).toMatchObject({ kind: "succeeded", exitCode: 0 });
    expect(printed.stdout).toBe("first\nsecond\n");
    expect(warnings(progress)).toEqual([expect.stringMatching(/^Nomad starts the task again on node .*Exit Code: 3/)]);
    expect(counts(progress, "placed")).toBe(1);
  });

  it("a task that fails more often than it is restarted has failed, as its last run did", async () => {
    const blocks = { restart: { attempts: 1, delay: "1s" } };
    const script = `${failsOnce}; echo third; exit 5`;
    const { outcome, printed } = await run(host, { ...sh(script), blocks });
    expect(outcome).toMatchObject({
      kind: "failed",
      exitCode: 5,
      sentence: "The task exited with code 5, after 1 restart.",
    });
    expect(printed.stdout).toBe("first\nsecond\nthird\n");
  });

  it("a task that fails once and succeeds where it is placed anew has succeeded", async () => {
    const blocks = { reschedule: { attempts: 1, delay: "5s" } };
    const mark = `/tmp/mfn-reschedule-${process.pid}-${version}`;
    const { outcome, printed, progress } = await run(host, { ...sh(failsOnceAnywhere(mark)), blocks });
    expect(outcome).toMatchObject({ kind: "succeeded", exitCode: 0 });
    expect(printed.stdout).toBe("first\nsecond\n");
    const placements = progress.flatMap((news) => (news.kind === "placed" ? [news.placement.allocationId] : []));
    expect(new Set(placements).size).toBe(2);
    expect(outcome.allocationId).toBe(placements[1]);
    expect(warnings(progress).join()).toMatch(/failed on node .*; Nomad placed the task anew/);
  });

  it("a task that fails more often than it is placed anew has failed", async () => {
    const { outcome, printed, progress } = await run(host, { ...sh("echo again; exit 4"), blocks: { reschedule: 1 } });
    expect(outcome).toMatchObject({ kind: "failed", exitCode: 4 });
    expect(printed.stdout).toBe("again\nagain\n");
    expect(counts(progress, "placed")).toBe(2);
    const job = (await agent.api(`/v1/job/${outcome.jobId}`)) as { Status: string };
    expect(job.Status).toBe("dead");
  });

  it("the time limit holds for all runs together, and stops what waits for its turn", async () => {
    const asked = {
      ...sh("echo once; exit 4"),
      blocks: { reschedule: { attempts: 3, delay: "5m" } },
      timeoutSeconds: 4,
    };
    const { outcome, printed } = await run(host, asked);
    expect(outcome).toMatchObject({ kind: "timed-out" });
    expect(printed.stdout).toBe("once\n");
  });

  it("an operator's stop ends it", async () => {
    const jobId = `repeats-stopped-${version}`;
    const going = run(host, { ...sh("sleep 60"), jobId, blocks: { reschedule: 3, restart: 3 } });
    setTimeout(() => void agent.api(`/v1/job/${jobId}`, { method: "DELETE" }), 3_000);
    expect((await going).outcome).toMatchObject({ kind: "stopped" });
  });
});
