import { expect, it } from "vitest";
import { startAgent } from "../../support/cluster/index.mjs";
import { example } from "../../support/examples.js";
import { openTestHost, run } from "../../support/launch-host.js";

interface Stored {
  readonly Priority: number;
  readonly Meta: Readonly<Record<string, string>>;
  readonly TaskGroups: readonly [
    {
      readonly EphemeralDisk: object;
      readonly Tasks: readonly [{ readonly ShutdownDelay: number; KillSignal: string }];
    },
  ];
}

it("a patch reaches Nomad, and the task that runs", async () => {
  await using agent = await startAgent({ version: "1.11.0", quiet: true });
  await using host = openTestHost(agent.address);
  const request = await example("docs/attributes/raw.md", "patched");
  const { outcome, printed } = await run(host, request);
  expect(outcome.kind, outcome.sentence).toBe("succeeded");
  expect(printed.stdout).toBe("PATCHED=yes\n");
  const job = (await agent.api(`/v1/job/${request.jobId}`)) as Stored;
  const [group] = job.TaskGroups;
  expect(job.Priority).toBe(60);
  expect(job.Meta).toMatchObject({ team: "ml", metaflow_nomad_request: expect.any(String) as string });
  expect(group.EphemeralDisk).toEqual({ Sticky: true, Migrate: true, SizeMB: 200 });
  expect(group.Tasks[0]).toMatchObject({ ShutdownDelay: 1_000_000_000, KillSignal: "" });
});
