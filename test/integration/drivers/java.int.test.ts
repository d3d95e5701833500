import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { javaChroot } from "../../support/java-chroot.js";
import { runJob } from "./run-job.js";

describe.each(["1.11.0", "1.7.7"])("java on Nomad %s", (version) => {
  let agent: Agent;
  beforeAll(async () => {
    if (!existsSync("/usr/lib/jvm")) throw new Error("This test needs Java: apt-get install openjdk-17-jre-headless");
    agent = await startAgent({ version, java: true, exec: { bare: true, chroot: javaChroot }, quiet: true });
  });
  afterAll(() => agent?.stop());

  it("runs a class, with odd arguments", async () => {
    // A main class every Java brings along, which repeats an argument it does not know.
    const driverConfig = { class: "sun.security.tools.keytool.Main", jvm_options: ["-Xmx64m"] };
    const ran = await runJob(agent, {
      driver: "java",
      argv: ["java", "-odd ${x}"],
      driverConfig,
      resources: { cpu: 100, memory: 256 },
    });
    expect(ran.stdout + ran.stderr, ran.why).toContain("Illegal option:  -odd ${x}");
  });
});
