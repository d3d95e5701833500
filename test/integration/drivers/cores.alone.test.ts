import { describe, expect, it } from "vitest";
import { request } from "../../support/builders.js";
import { startAgent } from "../../support/cluster/index.mjs";
import { openTestHost, run } from "../../support/launch-host.js";

describe.each(["1.11.0", "1.7.7"])("cores on Nomad %s", (version) => {
  it("are reserved whole", async () => {
    await using agent = await startAgent({ version, quiet: true });
    await using host = openTestHost(agent.address);
    const asked = request({ argv: ["sh", "-c", "echo $NOMAD_CPU_CORES"], resources: { cores: 1, memory: 16 } });
    const { jobId: _fresh, ...task } = asked;
    const { outcome, printed } = await run(host, task);
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(printed.stdout).toMatch(/^\d+\n$/);
  });
});
