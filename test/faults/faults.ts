import { type Behaviour, type DriverName, behaviours, sleeper } from "./behaviours.js";
import { type Lab, watchers } from "./lab.js";

/** Something that goes wrong around tasks. */
export interface Fault {
  readonly name: string;
  /** Whether it befalls real parts. */
  readonly real: boolean;
  readonly begin: (lab: Lab) => unknown;
  /** How long it lasts, in seconds. */
  readonly seconds: number;
  readonly heal: (lab: Lab) => unknown;
  /** Drivers whose tasks survive it. Default: all. */
  readonly drivers?: readonly DriverName[];
  /** Whether Nomad may take jobs away in the moment they end: of one that was not read before, nobody can know more. */
  readonly collects?: boolean;
  /** Whether nothing new can begin while it lasts. */
  readonly shut?: boolean;
  /** What the tasks do; by default anything, and their ends are what they are without the fault. */
  readonly behaviours?: readonly Behaviour[];
}

const none = () => undefined;
/** What a fault that is being healed needs to know of its beginning. */
const memory = { leader: "", used: "" };

const cut = (name: string, fault: Parameters<Lab["network"]>[0], seconds: number): Fault => ({
  name,
  real: true,
  seconds,
  begin: (lab) => lab.network(fault),
  heal: (lab) => lab.network(undefined),
});

const drain = async (lab: Lab, on: boolean) => {
  const nodes = (await lab.ask("/v1/nodes")) as { readonly ID: string }[];
  const body = on ? { DrainSpec: { Deadline: -1 } } : { DrainSpec: null, MarkEligible: true };
  for (const { ID } of nodes) await lab.ask(`/v1/node/${ID}/drain`, "POST", body);
};

/** Asks for all there is, so that others must go. */
const urgent = (count: number) => {
  const task = {
    Name: "t",
    Driver: "mock_driver",
    Config: { run_for: "1s" },
    Resources: { CPU: 20, MemoryMB: 190_000 },
  };
  const group = { Name: "g", Count: count, Tasks: [task] };
  return { Job: { ID: "urgent", Type: "batch", Priority: 90, Datacenters: ["*"], TaskGroups: [group] } };
};
const usually = [{ LTarget: "${meta.role}", Operand: "=", RTarget: "usual" }];
const low = { placement: { priority: 10, constraints: usually }, resources: { cpu: 20, memory: 30_000, disk: 10 } };
const goes = sleeper(["silent", "lost"], { placement: { constraints: usually } });

export const faults: readonly Fault[] = [
  { name: "nothing", real: true, seconds: 6, begin: none, heal: none },
  {
    name: "leader killed",
    real: true,
    seconds: 6,
    begin: async ({ cluster }) => cluster.kill((memory.leader = await cluster.leader())),
    heal: ({ cluster }) => cluster.restart(memory.leader),
  },
  {
    name: "server in use killed",
    real: true,
    seconds: 6,
    begin: (lab) => lab.cluster.kill((memory.used = lab.serverOf(watchers[0]))),
    heal: ({ cluster }) => cluster.restart(memory.used),
  },
  {
    name: "leader stopped (SIGSTOP)",
    real: true,
    seconds: 8,
    begin: async ({ cluster }) => cluster.pause((memory.leader = await cluster.leader())),
    heal: ({ cluster }) => cluster.resume(memory.leader),
  },
  {
    name: "client killed, and back",
    real: true,
    seconds: 4,
    begin: ({ cluster }) => cluster.kill("client-1"),
    heal: ({ cluster }) => cluster.restart("client-1"),
    // Nomad's docker driver starts another collector of logs after a restart, and the mock driver prints anew.
    drivers: ["raw_exec", "exec"],
  },
  {
    name: "client stopped (SIGSTOP)",
    real: true,
    seconds: 3,
    begin: ({ cluster }) => cluster.pause("client-1"),
    heal: ({ cluster }) => cluster.resume("client-1"),
  },
  {
    name: "clients cut off from the servers",
    real: true,
    seconds: 6,
    begin: (lab) => lab.filter.cut(),
    heal: (lab) => lab.filter.heal(),
  },
  cut("connections reset", "drop", 6),
  { ...cut("connections reset for a minute", "drop", 60), shut: true },
  cut("network silent", "stall", 6),
  cut("replies cut off", "truncate", 5),
  cut("network slow", "delay", 5),
  {
    name: "nomad system gc",
    real: true,
    collects: true,
    seconds: 6,
    begin: async (lab) => {
      for (let times = 0; times < 3; times += 1) await lab.ask("/v1/system/gc", "PUT").then(() => lab.pause(1_000));
    },
    heal: none,
  },
  {
    name: "clock set 1 h ahead",
    real: false,
    seconds: 6,
    begin: (lab) => (lab.clock.offsetMs += 3_600_000),
    heal: (lab) => (lab.clock.offsetMs = 0),
  },
  {
    name: "nodes drained",
    real: true,
    seconds: 1,
    begin: (lab) => drain(lab, true),
    heal: none,
    behaviours: [sleeper(["drained"])],
  },
  {
    name: "preempted",
    real: true,
    seconds: 1,
    begin: async (lab) => {
      const body = { PreemptionConfig: { BatchSchedulerEnabled: true } };
      await lab.ask("/v1/operator/scheduler/configuration", "PUT", body);
      await lab.ask("/v1/jobs", "PUT", urgent(2));
    },
    heal: none,
    behaviours: [sleeper(["preempted"], low)],
    drivers: ["raw_exec", "mock_driver"],
  },
  {
    name: "client killed for good",
    real: true,
    seconds: 1,
    begin: async ({ cluster }) => {
      await cluster.kill("client-1");
      await cluster.kill("client-2");
    },
    heal: none,
    behaviours: [goes],
  },
  {
    name: "clients cut off until they count as gone",
    real: true,
    seconds: 1,
    begin: (lab) => lab.filter.cut(),
    heal: none,
    behaviours: [goes],
  },
];

/** What is put right after a row, when its tasks are over. */
export async function tidy(fault: Fault, lab: Lab): Promise<void> {
  if (fault.name === "nodes drained") await drain(lab, false);
  if (fault.name === "preempted") await lab.ask("/v1/job/urgent", "DELETE");
  if (fault.behaviours?.includes(goes) !== true) return;
  lab.filter.heal();
  if (fault.name === "client killed for good")
    await Promise.all(["client-1", "client-2"].map((name) => lab.cluster.agent(name).restart()));
  await lab.cluster.ready();
}

export const behavioursOf = (fault: Fault): readonly Behaviour[] => fault.behaviours ?? behaviours;
