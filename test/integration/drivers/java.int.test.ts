import { existsSync, realpathSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { runJob } from "./run-job.js";

const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
/** What a JVM needs beside itself; a link alone would lead out of the chroot. */
const needed = ["libstdc++.so.6", "libgcc_s.so.1", "libz.so.1", "libm.so.6"].map((name) => `${libraries}/${name}`);
const places = [
  "/usr/lib/jvm",
  "/etc/java-17-openjdk",
  ...needed,
  ...needed.filter(existsSync).map((path) => realpathSync(path)),
];
const chroot = Object.fromEntries(places.map((path) => [path, path]));

describe.each(["1.11.0", "1.7.7"])("java on Nomad %s", (version) => {
  let agent: Agent;
  beforeAll(async () => {
    if (!existsSync("/usr/lib/jvm")) throw new Error("This test needs Java: apt-get install openjdk-17-jre-headless");
    agent = await startAgent({ version, java: true, exec: { bare: true, chroot }, quiet: true });
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
