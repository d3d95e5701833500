import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { openTestHost, run } from "../../support/launch-host.js";

const python = "/usr/bin/python3";
const drivers = [
  { driver: "raw_exec", python },
  { driver: "exec", python },
  { driver: "docker", python: "python3", image: TEST_IMAGE },
] as const;

describe.each(["1.11.0", "1.7.7"])("a task on Nomad %s", (version) => {
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

  describe.each(drivers)("by $driver", ({ driver, python: interpreter, ...rest }) => {
    const image = "image" in rest ? { image: rest.image } : {};
    const task = (code: string) => ({ driver, ...image, argv: [interpreter, "-c", code] });

    it("prints, and ends with code 0", async () => {
      const { outcome, printed, progress } = await run(
        host,
        task("import sys; print('out'); print('err', file=sys.stderr)"),
      );
      expect(outcome).toMatchObject({ kind: "succeeded", exitCode: 0 });
      expect([printed.stdout, printed.stderr]).toEqual(["out\n", "err\n"]);
      expect(progress.map(({ kind }) => kind)).toEqual(["submitted", "placed", "started", "ended"]);
    });

    it("ends with its own exit code", async () => {
      const { outcome } = await run(host, task("import sys; sys.exit(7)"));
      expect(outcome).toMatchObject({ kind: "failed", exitCode: 7, sentence: "The task exited with code 7." });
    });

    it("loses no line of 100,000, nor of one of 1 MB", async () => {
      const asked = task("for i in range(100000): print('line', i)\nprint('x' * 1000000)");
      // Nomad's collector of docker logs loses lines of such a burst; its log pipe does not (docs/decisions/0005).
      const direct = ["sh", "-c", `exec "$@" >"$NOMAD_ALLOC_DIR/logs/.main.stdout.fifo"`, "sh", ...asked.argv];
      const { printed } = await run(host, { ...asked, argv: direct });
      const lines = printed.stdout.split("\n");
      expect(lines.length).toBe(100_002);
      expect(lines[99_999]).toBe("line 99999");
      expect(lines[100_000]?.length).toBe(1_000_000);
    });

    it("is stopped at its time limit", async () => {
      const { outcome } = await run(host, {
        ...task("import time; print('hi', flush=True); time.sleep(60)"),
        timeoutSeconds: 2,
      });
      expect(outcome).toMatchObject({ kind: "timed-out" });
    });

    it("is stopped when nobody wants it any more, and may say goodbye", async () => {
      const code =
        "import signal, sys, time\ndef bye(*_): print('bye', flush=True); sys.exit(3)\nsignal.signal(signal.SIGINT, bye); signal.signal(signal.SIGTERM, bye)\nprint('ready', flush=True)\ntime.sleep(60)";
      const wish = new AbortController();
      const going = run(host, task(code), wish.signal);
      setTimeout(() => wish.abort(), 4_000);
      const { outcome, printed } = await going;
      expect(outcome.kind).toBe("stopped");
      expect(printed.stdout).toBe("ready\nbye\n");
    });
  });

  it("names a lack of memory by docker and exec", async () => {
    const hog = "x = bytearray(400_000_000)\nimport time; time.sleep(5); print(len(x))";
    for (const { driver, python: interpreter, ...rest } of drivers.slice(1)) {
      const { outcome } = await run(host, {
        driver,
        ...rest,
        argv: [interpreter, "-c", hog],
        resources: { memory: 64 },
      });
      expect(outcome, driver).toMatchObject({ kind: "oom-killed" });
      expect(outcome.sentence).toContain("64 MB");
    }
  });

  it("names an image that is not there", async () => {
    const { outcome } = await run(host, { driver: "docker", image: "no-such-image-here:1", argv: ["true"] });
    expect(outcome).toMatchObject({ kind: "image-pull" });
    expect(outcome.sentence).toContain("no-such-image-here:1");
  });

  it("names a command that is not there", async () => {
    const { outcome } = await run(host, { driver: "raw_exec", argv: ["/no/such/command"] });
    expect(outcome).toMatchObject({ kind: "driver-failed" });
    expect(outcome.sentence).toContain("/no/such/command");
  });

  it("says why no node fits", async () => {
    const impatient = openTestHost(agent.address, { placementTimeoutSeconds: 2 });
    const { outcome } = await run(impatient, { argv: ["true"], resources: { memory: 900_000 } });
    expect(outcome).toMatchObject({ kind: "unplaced" });
    expect(outcome.sentence).toContain("memory exhausted on 1 node");
    const missing = await run(impatient, { driver: "podman", argv: ["true"], driverConfig: { image: "x" } });
    expect(missing.outcome.sentence).toContain("lacks");
    await impatient[Symbol.asyncDispose]();
    const left = (await agent.api("/v1/jobs")) as { ID: string; Status: string; Stop: boolean }[];
    expect(left.filter(({ Status, Stop }) => Status !== "dead" && !Stop)).toEqual([]);
  });

  it("tells an operator's stop", async () => {
    const jobId = `operator-${version}`;
    const going = run(host, { jobId, driver: "raw_exec", argv: ["sleep", "60"] });
    setTimeout(() => void agent.api(`/v1/job/${jobId}`, { method: "DELETE" }), 3_000);
    const { outcome } = await going;
    expect(outcome).toMatchObject({ kind: "stopped" });
    expect(outcome.sentence).toContain("operator");
  });
});
