import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { JsonObject } from "../../../src/core/model/json.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { example } from "../../support/examples.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

/** Notes that it was here; all tasks of an allocation share the file. */
const note = (word: string, then = "") => ["sh", "-c", `echo ${word} >> "$NOMAD_ALLOC_DIR/order"; ${then}`];
const small = { cpu: 50, memory: 64 };
const everyone: JsonObject = {
  prestart: [
    { ...small, command: note("prestart") },
    { ...small, name: "second", command: ["true"] },
  ],
  sidecars: { ...small, command: note("sidecar", "exec sleep 60") },
  poststart: { ...small, command: note("poststart") },
  poststop: { ...small, command: note("poststop") },
};

describe.each(["1.11.0", "1.7.7"])("tasks around a step on Nomad %s", (version) => {
  let agent: Agent;
  let host: Host;

  beforeAll(async () => {
    agent = await startAgent({ version, exec: true, docker: true, quiet: true });
    host = openTestHost(agent.address);
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await agent?.stop();
  });

  const logOf = async (allocation: string | undefined, task: string, type = "stdout") => {
    const query = { task, type, plain: true };
    return (await agent.request(`/v1/client/fs/logs/${allocation}`, { query })).text;
  };
  const fileOf = async (allocation: string | undefined, path: string) =>
    (await agent.request(`/v1/client/fs/cat/${allocation}`, { query: { path } })).text;

  it.each([
    ["raw_exec", {}],
    ["exec", {}],
    ["docker", { image: TEST_IMAGE }],
  ])("run in their order by %s, and the step runs once", async (driver, image) => {
    const jobId = uniqueId("around");
    // Ends once all that runs beside it has begun.
    const argv = note("main", 'until [ "$(grep -c . "$NOMAD_ALLOC_DIR/order")" -ge 4 ]; do sleep 0.1; done');
    const { outcome } = await run(host, { jobId, driver, ...image, argv, blocks: everyone, timeoutSeconds: 60 });
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    const order = (await fileOf(outcome.allocationId, "alloc/order")).trim().split("\n");
    expect([...order].sort()).toEqual(["main", "poststart", "poststop", "prestart", "sidecar"]);
    expect(order.indexOf("prestart")).toBeLessThan(order.indexOf("main"));
    expect(order.at(-1)).toBe("poststop");
    const allocations = (await agent.api(`/v1/job/${jobId}/allocations`)) as object[];
    expect(allocations.length).toBe(1);
  });

  it("get their strings byte for byte", async () => {
    const print = ["python3", "-c", "import os, sys; print(sys.argv[1], os.environ['V'])", "${T:0:2} %{x} $${y}"];
    const { outcome } = await run(host, {
      argv: ["true"],
      blocks: { prestart: { ...small, name: "literal", command: print, env: { V: "${NOMAD_JOB_ID} $x" } } },
    });
    const printed = await eventually(async () => (await logOf(outcome.allocationId, "literal")) || undefined);
    expect(printed).toBe("${T:0:2} %{x} $${y} ${NOMAD_JOB_ID} $x\n");
  });

  it("may have another driver, an image's own command, files and mounts of their own", async () => {
    const sidecar = { ...small, driver: "docker", image: TEST_IMAGE, config: { command: "sleep", args: ["60"] } };
    const template = { data: "from the template", destination: "local/word" };
    const prestart = { ...small, command: ["sh", "-c", 'cat "$NOMAD_TASK_DIR/word"'], templates: template };
    const { outcome } = await run(host, { argv: ["sleep", "1"], blocks: { sidecars: sidecar, prestart } });
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(await logOf(outcome.allocationId, "prestart")).toBe("from the template");
  });

  it("the example of the page", async () => {
    const { outcome, printed, progress } = await run(host, await example("docs/attributes/lifecycle.md", "around"));
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(printed.stdout).toBe("hello\n");
    expect(progress.filter(({ kind }) => kind === "warning")).toEqual([]);
    expect(await fileOf(outcome.allocationId, "alloc/greeting")).toContain("no such file");
  });

  it.each<[string, JsonObject, string, string]>([
    [
      "a prestart task that fails",
      { prestart: { ...small, name: "fetch", command: ["sh", "-c", "exit 3"] } },
      "failed",
      "The prestart task fetch exited with code 3, so the step did not start.",
    ],
    [
      "a prestart task that is not there",
      { prestart: { ...small, name: "fetch", command: ["/no/such"] } },
      "driver-failed",
      "The prestart task fetch failed, so the step did not start. The command /no/such does not exist on the node.",
    ],
    [
      "a container whose image is not there",
      { prestart: { ...small, driver: "docker", image: "no-such-image-here:1", command: ["true"] } },
      "image-pull",
      "The prestart task prestart failed, so the step did not start.",
    ],
    [
      "a sidecar that fails",
      { sidecars: { ...small, name: "db", command: ["sh", "-c", "sleep 1; exit 4"] } },
      "failed",
      "The sidecar db exited with code 4, and Nomad then ended the step.",
    ],
    [
      "a poststart task that fails",
      { poststart: { ...small, command: ["sh", "-c", "exit 5"] } },
      "failed",
      "The poststart task poststart exited with code 5, and Nomad then ended the step.",
    ],
  ])("%s is named", async (_what, blocks, kind, sentence) => {
    const jobId = uniqueId("named");
    const { outcome, printed } = await run(host, { jobId, argv: ["sh", "-c", "sleep 8; echo late"], blocks });
    expect(outcome.kind, outcome.sentence).toBe(kind);
    expect(outcome.sentence).toContain(sentence);
    expect(outcome).not.toHaveProperty("exitCode");
    expect(printed.stdout).toBe("");
    expect(((await agent.api(`/v1/job/${jobId}/allocations`)) as object[]).length).toBe(1);
  });

  it("a step that fails takes its sidecars along, and what comes after it still runs", async () => {
    const { sidecars, poststop } = everyone;
    const blocks = { sidecars: sidecars ?? null, poststop: poststop ?? null };
    const { outcome } = await run(host, { argv: ["sh", "-c", "exit 9"], blocks });
    expect(outcome).toMatchObject({ kind: "failed", exitCode: 9, sentence: "The task exited with code 9." });
    expect(await fileOf(outcome.allocationId, "alloc/order")).toContain("poststop");
  });

  it("what fails after a step that went well is a warning", async () => {
    const blocks = { poststop: { ...small, name: "cleanup", command: ["sh", "-c", "exit 6"] } };
    const { outcome, progress } = await run(host, { argv: ["true"], blocks });
    expect(outcome).toMatchObject({ kind: "succeeded", exitCode: 0 });
    const warnings = progress.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
    expect(warnings.join()).toContain("The poststop task cleanup exited with code 6, after the step had ended.");
    expect(warnings.join()).toContain(`nomad alloc logs ${outcome.allocationId} cleanup`);
  });

  it("a step that ended in time has not timed out, however long what comes after it takes", async () => {
    const blocks = { poststop: { ...small, command: ["sleep", "40"] } };
    const { outcome, progress } = await run(host, { argv: ["true"], timeoutSeconds: 2, blocks });
    expect(outcome).toMatchObject({ kind: "succeeded", exitCode: 0 });
    const warnings = progress.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
    expect(warnings.join()).toContain("The poststop task poststop still runs, and is left to Nomad.");
  });
});
