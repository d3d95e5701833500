import { describe, expect, it } from "vitest";
import { endOfRepeated } from "../../../src/core/launch/follow-repeats.js";
import type { Running } from "../../../src/core/launch/running.js";
import { tellEvents } from "../../../src/core/launch/tell-events.js";
import type { Allocation, TaskEvent } from "../../../src/core/model/allocation.js";
import { TrackedJob } from "../../../src/core/watch/tracked-job.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { allocation, finished, sighting, site } from "../../support/builders.js";
import { composeJob } from "../../support/compose.js";
import { fakeTransport } from "../../support/fake-transport.js";

const never = AbortSignal.any([]);

/** A repeated task under observation: what Nomad says of its job, and what the user is told. */
function following(status: () => string) {
  const tracked = new TrackedJob("job", () => undefined);
  const clock = new ManualClock();
  const transport = fakeTransport({ request: () => ({ Status: status() }) });
  const told: string[] = [];
  const running = {
    tracked,
    job: composeJob({ jobId: "job", blocks: { reschedule: 2, disconnect: { replace: true } } }),
    launch: {
      signal: never,
      report: (news: { message?: string; reason?: string }) => told.push(news.message ?? news.reason ?? ""),
    },
    context: { site: site(), transport, clock },
  } as unknown as Running;
  let index = 1;
  const see = (over: Partial<Allocation>) => {
    index += 1;
    tracked.see(sighting([allocation({ ModifyIndex: index, ...over })]));
  };
  return { tracked, clock, running, told, see };
}

const placed = allocation({ ID: "a", CreateIndex: 1 });
const running = {
  TaskStates: { main: { State: "running", Failed: false, StartedAt: "2026-01-01T00:00:00Z" } },
} as const;

describe("a task that Nomad may place anew", () => {
  it("is followed back to its first allocation, where Nomad decides for that one", async () => {
    const { see, running: parts, told } = following(() => "running");
    const places: string[] = [];
    const turns: string[] = [];
    const follower = {
      copies: { turn: () => Promise.resolve(void turns.push("turn")) },
      placed: ({ ID }: Allocation) => places.push(ID),
    };
    see({ ...running, ID: "a", CreateIndex: 1 });
    const end = endOfRepeated(placed, parts, follower).wait(never);
    see({ ...running, ID: "a", CreateIndex: 1, ClientStatus: "unknown" });
    see({ ...running, ID: "b", CreateIndex: 5 });
    await expect.poll(() => places).toEqual(["b"]);
    see({ ...running, ID: "a", CreateIndex: 1 });
    see({ ...running, ID: "b", CreateIndex: 5, ClientStatus: "complete", DesiredStatus: "stop" });
    await expect.poll(() => places).toEqual(["b", "a"]);
    see({ ...running, ID: "a", CreateIndex: 1, ClientStatus: "complete" });
    await expect(end).resolves.toMatchObject({ ID: "a", ClientStatus: "complete" });
    expect(turns).toHaveLength(2);
    expect(told.join()).toMatch(/allocation a does not answer.*allocation b was stopped/);
  });

  it("has ended once Nomad is done with the job, and not before", async () => {
    const states = ["pending", "dead"];
    const { see, running: parts, clock } = following(() => states.shift() ?? "dead");
    see({ ID: "a", CreateIndex: 1, ClientStatus: "failed" });
    const follower = { copies: { turn: () => Promise.resolve() }, placed: () => undefined };
    let over = false;
    const end = endOfRepeated(placed, parts, follower)
      .wait(never)
      .then((last) => {
        over = true;
        return last;
      });
    await clock.advance(1_000);
    await expect.poll(() => states).toEqual(["dead"]);
    expect(over).toBe(false);
    await clock.advance(2_000);
    await expect(end).resolves.toMatchObject({ ID: "a" });
  });
});

it("tells each restart and each waiting template once", async () => {
  const { tracked, running: parts, told } = following(() => "running");
  const over = new AbortController();
  const telling = tellEvents(parts, over.signal);
  const events: Partial<TaskEvent>[] = [
    { Type: "Template", DisplayMessage: "Missing: nomad.var.block(a@default.global)" },
    { Type: "Terminated", DisplayMessage: "Exit Code: 3" },
    { Type: "Restarting", Time: 1_000_000_000 },
  ];
  for (const ModifyIndex of [2, 3]) {
    tracked.see(sighting([finished(events, { ModifyIndex, ClientStatus: "running" })]));
    await expect.poll(() => told.length).toBe(2);
  }
  over.abort();
  await telling;
  expect(told).toEqual([
    "the task waits for its templates (Missing: nomad.var.block(a@default.global)); allocation alloc-1",
    "Nomad starts the task again on node n1 at 00:00:01 (Exit Code: 3)",
  ]);
});
