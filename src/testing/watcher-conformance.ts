import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { WatcherFactory } from "../core/contracts/plugin.js";
import type { NomadTransport } from "../core/contracts/transport.js";
import type { Sighting } from "../core/contracts/watcher.js";
import type { Clock } from "../core/contracts/clock.js";
import type { Allocation } from "../core/model/allocation.js";
import {
  conformanceJob,
  type ConformanceCase,
  type ConformanceTask,
  discardJob,
  registerConformanceJob,
} from "./conformance-jobs.js";
import { CountingTransport, Watching } from "./watching.js";

/** What the watcher cases try. */
export interface WatcherSubject {
  readonly watcher: WatcherFactory;
  /** Leads to a real agent with raw_exec; its token may submit and read jobs in namespace `default`. */
  readonly transport: NomadTransport;
  readonly clock: Clock;
}

/** Cases that every watcher passes on a real agent; each runs by itself, under any test runner. */
export const watcherConformance: readonly ConformanceCase<WatcherSubject>[] = [
  stage("begins with the complete state of its jobs", async ({ submit, watch, finish }) => {
    const job = await submit({ exitCode: 0 });
    await finish(job);
    const [first] = await watch([job]).until((sightings) => sightings.length > 0);
    assert.deepEqual([...(first?.complete ?? [])], [job]);
    assert.equal(first?.allocations[0]?.ClientStatus, "complete");
    assert.ok(first.evaluations.some(({ Status }) => Status === "complete"));
  }),
  stage("shows a job from placement to success", async ({ name, submit, watch }) => {
    const job = name();
    const watching = watch([job]);
    await submit({ exitCode: 0, seconds: 4 }, job);
    await watching.until((sightings) => endOf(sightings, job) !== undefined);
    // A slower rung may miss the moment before the start; none may show states in another order.
    const seen = statusesOf(watching.sightings, job);
    assert.deepEqual(seen.slice(-2), ["running", "complete"]);
    assert.deepEqual(seen, ["pending", "running", "complete"].slice(-seen.length));
  }),
  stage("shows a failure with the events of its task", async ({ name, submit, watch }) => {
    const job = name();
    const watching = watch([job]);
    await submit({ exitCode: 3 }, job);
    const end = endOf(await watching.until((sightings) => endOf(sightings, job) !== undefined), job);
    assert.equal(end?.ClientStatus, "failed");
    const state = end.TaskStates?.["main"];
    assert.equal(state?.Failed, true);
    assert.equal(state.Events?.find(({ Type }) => Type === "Terminated")?.ExitCode, 3);
  }),
  stage("shows jobs that are added later, also when they have ended by then", async ({ submit, watch, finish }) => {
    const [first, ended] = [await submit({ exitCode: 0, seconds: 60 }), await submit({ exitCode: 0 })];
    const watching = watch([first]);
    await watching.until((sightings) => sightings.length > 0);
    await finish(ended);
    watching.add(ended);
    await watching.until((sightings) => endOf(sightings, ended) !== undefined);
    assert.ok(watching.sightings.some(({ complete }) => complete?.has(ended)));
  }),
  stage("shows many jobs at once", async ({ name, submit, watch }) => {
    const jobs = Array.from({ length: 12 }, () => name());
    const watching = watch(jobs);
    await Promise.all(jobs.map((job) => submit({ exitCode: 0 }, job)));
    await watching.until((sightings) => jobs.every((job) => endOf(sightings, job)?.ClientStatus === "complete"));
  }),
  stage("shows why a job cannot be placed, and what waits for room", async ({ name, submit, watch }) => {
    const job = name();
    const watching = watch([job]);
    await submit({ exitCode: 0, unplaceable: true }, job);
    const found = (sightings: readonly Sighting[]) => sightings.flatMap(({ evaluations }) => evaluations);
    await watching.until((sightings) =>
      found(sightings).some((one) => one.FailedTGAllocs != null && one.BlockedEval !== undefined),
    );
    await watching.until((sightings) => found(sightings).some(({ Status }) => Status === "blocked"));
    const failure = found(watching.sightings).find(({ FailedTGAllocs }) => FailedTGAllocs != null);
    assert.ok((failure?.FailedTGAllocs?.["main"]?.NodesFiltered ?? 0) > 0);
  }),
  stage("shows no other jobs", async ({ submit, watch, finish }) => {
    const [ours, other] = [await submit({ exitCode: 0 }), await submit({ exitCode: 0 })];
    const watching = watch([ours]);
    await Promise.all([finish(other), watching.until((sightings) => endOf(sightings, ours) !== undefined)]);
    const seen = watching.sightings.flatMap(({ allocations, evaluations }) => [...allocations, ...evaluations]);
    assert.deepEqual([...new Set(seen.map(({ JobID }) => JobID))], [ours]);
  }),
  stage(
    "ends without an error when its signal aborts, and leaves no call open",
    async ({ submit, watch, transport }) => {
      const watching = watch([await submit({ exitCode: 0, seconds: 60 })]);
      await watching.until((sightings) => sightings.length > 0);
      await watching.stop();
      assert.equal(transport.open, 0);
    },
  ),
  stage("leaves no call open when its loop is left", async ({ submit, transport, clock, watcher }) => {
    const job = await submit({ exitCode: 0, seconds: 60 });
    const scope = {
      namespace: "default",
      jobIds: () => new Set([job]),
      grown: () => new Promise<void>(() => undefined),
    };
    await firstOf(watcher({ transport, clock }).watch(scope, new AbortController().signal));
    assert.equal(transport.open, 0);
  }),
];

/** What a case works with; jobs and watches are gone after it. */
interface Stage extends WatcherSubject {
  readonly transport: CountingTransport;
  /** A job ID of this case. */
  readonly name: () => string;
  readonly submit: (task: ConformanceTask, id?: string) => Promise<string>;
  readonly watch: (jobs: readonly string[]) => Watching;
  /** Waits until a job has ended, without the watcher under test. */
  readonly finish: (job: string) => Promise<void>;
}

function stage(name: string, act: (stage: Stage) => Promise<void>): ConformanceCase<WatcherSubject> {
  return {
    name,
    async run(subject) {
      const transport = new CountingTransport(subject.transport);
      const jobs: string[] = [];
      const watches: Watching[] = [];
      const draw = () => `conformance-${randomUUID()}`;
      try {
        await act({
          ...subject,
          transport,
          name: draw,
          submit: async (task, id = draw()) => {
            jobs.push(id);
            await registerConformanceJob(subject.transport, conformanceJob(id, task));
            return id;
          },
          watch: (ids) => {
            const watching = new Watching(subject.watcher({ transport, clock: subject.clock }), ids);
            watches.push(watching);
            return watching;
          },
          finish: (job) => untilEnded(subject, job),
        });
      } finally {
        await Promise.all(watches.map((watching) => watching.stop()));
        await Promise.all(jobs.map((job) => discardJob(subject.transport, job)));
      }
    },
  };
}

async function untilEnded({ transport, clock }: WatcherSubject, job: string): Promise<void> {
  const { signal } = new AbortController();
  for (;;) {
    const { body } = await transport.request({ method: "GET", path: `/job/${job}/allocations` }, signal);
    if ((body as Allocation[]).some(isEnded)) return;
    await clock.sleep(100, signal);
  }
}

/** The first sighting; the loop is left then. */
async function firstOf(sightings: AsyncIterable<Sighting>): Promise<Sighting | undefined> {
  for await (const sighting of sightings) return sighting;
  return undefined;
}

function isEnded({ ClientStatus }: Allocation): boolean {
  return ClientStatus === "complete" || ClientStatus === "failed";
}

function allocationsOf(sightings: readonly Sighting[], job: string): Allocation[] {
  const all = sightings.flatMap(({ allocations }) => allocations).filter(({ JobID }) => JobID === job);
  return all.sort((a, b) => a.ModifyIndex - b.ModifyIndex);
}

function endOf(sightings: readonly Sighting[], job: string): Allocation | undefined {
  return allocationsOf(sightings, job).find(isEnded);
}

/** Statuses in the order of Nomad's own index, each once: sightings may repeat and be old. */
function statusesOf(sightings: readonly Sighting[], job: string): string[] {
  return [...new Set(allocationsOf(sightings, job).map(({ ClientStatus }) => ClientStatus))];
}
