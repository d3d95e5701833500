import type { Facts, GangFacts, PlacedFacts, WaitingFacts } from "../../src/core/launch/facts.js";
import type { Allocation, TaskEvent } from "../../src/core/model/allocation.js";
import type { OutcomeCause } from "../../src/core/model/outcome.js";
import { createDockerDriver } from "../../src/drivers/docker.js";
import { createRawExecDriver } from "../../src/drivers/raw-exec.js";
import { allocation, request } from "./builders.js";

/** Facts that lead to a cause: what docs/outcomes.md shows, and what the table is tried with. */
export type OutcomeSample = readonly [cause: OutcomeCause, facts: Facts, differs?: string];

type Event = Partial<TaskEvent> & Pick<TaskEvent, "Type">;

const docker = createDockerDriver();

/** A task by docker of which these events were seen. */
function placed(events: readonly Event[], over: Partial<PlacedFacts> = {}, seen: Partial<Allocation> = {}): Facts {
  const run = events.map((event) => ({ Time: 1, ExitCode: 0, ...event }));
  const main = { State: "dead" as const, Failed: true, Events: run };
  const found = allocation({ NodeName: "n1", ClientStatus: "failed", TaskStates: { main }, ...seen });
  const base = { request: request({ image: "acme/app:1", timeoutSeconds: 3600 }), driver: docker, task: "main" };
  return {
    placed: {
      ...base,
      allocation: found,
      run,
      restarts: 0,
      siblings: [],
      memory: 512,
      triggers: ["job-register"],
      ...over,
    },
  };
}

const waiting = (over: Partial<WaitingFacts>): Facts => ({
  waiting: { ask: "driver docker, 500 MHz, 1024 MB memory", waitedMs: 15_000, ...over },
});
const gang = (over: Partial<GangFacts>): Facts => ({ gang: { decidedBy: 1, ...over } });
const ended = (ExitCode: number, Signal = 0, Details = {}): Event => ({
  Type: "Terminated",
  ExitCode,
  Signal,
  Details,
});
const killing: Event = { Type: "Killing", DisplayMessage: "Sent interrupt. Waiting 2s before force killing" };
const stopped = [{ Type: "Started" }, killing, ended(143, 15), { Type: "Killed" }];
const failure = (DriverError: string): Event => ({ Type: "Driver Failure", DriverError });
const pull = (why: string) => placed([failure(`Failed to pull \`acme/app:1\`: ${why}`)]);
const fetch = { name: "fetch", role: "prestart task", driver: createRawExecDriver(), request: request() };
const exited: Event = { Type: "Terminated", Time: 1, ExitCode: 3 };
const withFetch = (events: readonly Event[]): Facts => {
  const main = { State: "dead" as const, Failed: false, Events: events.map((event) => ({ Time: 1, ...event })) };
  const states = { main, fetch: { State: "dead" as const, Failed: true, Events: [{ Time: 1, ...exited }] } };
  return placed(events, { siblings: [fetch] }, { TaskStates: states });
};
const meaning = {
  sentence: "The code package could not be fetched or unpacked on the node.",
  advice: "",
  retriable: true,
};

/** At least one of every cause, in the order of the table. */
export const outcomeSamples: readonly OutcomeSample[] = [
  ["gang-late", gang({ late: { placed: 1, size: 2, seconds: 600, why: "memory exhausted on 1 node" } })],
  ["gang-ended", gang({})],
  ["worker-cut-off", { worker: "cut-off" }],
  ["worker-ended", { worker: "ended" }],
  ["time-limit", { stoppedFor: "time-limit", ...placed(stopped, {}, { DesiredStatus: "stop" }) }],
  ["interrupted", { stoppedFor: "cancelled", ...placed(stopped, {}, { DesiredStatus: "stop" }) }],
  ["stopped-waiting", waiting({ deregistered: true })],
  ["full", waiting({ problem: { reason: "memory exhausted on 3 nodes", busy: true }, waitedMs: 1_800_000 })],
  ["unfit", waiting({ problem: { reason: "2 nodes lack driver docker", busy: false } })],
  ["not-considered", waiting({})],
  ["collected", { collected: true, ...placed([{ Type: "Started" }], {}, { ClientStatus: "running" }) }],
  ["lost", placed([{ Type: "Started" }], {}, { ClientStatus: "lost" })],
  ["silent", placed([{ Type: "Started" }], {}, { ClientStatus: "unknown" })],
  ["preempted", placed(stopped, {}, { DesiredStatus: "evict", PreemptedByAllocation: "other" })],
  [
    "drained",
    placed(stopped, { triggers: ["node-drain"] }, { DesiredStatus: "stop", DesiredTransition: { Migrate: true } }),
  ],
  ["operator", placed(stopped, {}, { DesiredStatus: "stop" })],
  ["sibling", withFetch([{ Type: "Sibling Task Failed", Details: { failed_sibling: "fetch" } }, killing])],
  [
    "artifact",
    placed([
      {
        Type: "Failed Artifact Download",
        DisplayMessage: 'failed to download artifact "http://a/b": bad response code: 404',
      },
    ]),
    "not with 4xx and wrong checksums",
  ],
  [
    "template",
    placed([{ Type: "Killing", DisplayMessage: 'Template failed: (dynamic): parse: function "x" not defined' }]),
    "not with a mistake in the template or a missing secret",
  ],
  ["oom-reported", placed([ended(137, 9, { oom_killed: "true" })])],
  ["succeeded", placed([ended(0)], {}, { ClientStatus: "complete" })],
  [
    "set-up",
    placed([ended(120)], { request: request({ exitMeanings: { "120": meaning } }) }),
    "as the code's meaning says",
  ],
  ["oom-inferred", placed([ended(137)])],
  ["signal", placed([ended(139, 11)])],
  ["exit-code", placed([ended(7)])],
  ["driver-known", pull("API error (404): manifest for acme/app:1 not found: manifest unknown")],
  ["driver-known", pull("unauthorized: authentication required")],
  ["driver-known", pull("toomanyrequests: You have reached your pull rate limit")],
  ["driver-known", pull("dial tcp: lookup registry.acme.example: no such host")],
  ["driver-known", placed([failure('exec: "run-me": executable file not found in $PATH')])],
  ["driver-known", placed([failure('No argument or block type is named "comand".')])],
  ["driver-known", placed([failure("mkdir /var/lib/x: no space left on device")])],
  ["driver-other", placed([failure("the driver's own words")])],
  ["unexplained", placed([], {}, { ClientStatus: "complete" })],
];
