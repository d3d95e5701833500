import type { OutcomeCause } from "../../src/core/model/outcome.js";

const here = "test/integration/launch/outcomes.int.test.ts";
const nodes = "test/integration/plugins/two-nodes.int.test.ts";
const endings = "python/tests/e2e/test_endings.py";
const cutOff = "python/tests/e2e/test_cut_off.py";

/** Where a cause is brought about: a test on a real agent, or `fake` and why no real agent can be brought there. */
export interface Stage {
  readonly file: string;
  /** Title of the test, or a part of it. */
  readonly title: string;
  readonly fake?: string;
}

const real: Stage = { file: here, title: "each cause" };

const table: Stage = { file: "test/unit/launch/outcome-table.test.ts", title: "takes the row" };

/** By cause. */
export const outcomeStages: Readonly<Record<OutcomeCause, Stage>> = {
  "gang-late": real,
  "gang-ended": real,
  "worker-cut-off": { file: cutOff, title: "test_the_host_dies_while_a_worker_of_a_pool_runs_a_task" },
  "worker-ended": { ...table, fake: "a worker that ends by itself tells the ends of its tasks first" },
  "time-limit": real,
  interrupted: real,
  "stopped-waiting": real,
  full: real,
  unfit: real,
  "not-considered": real,
  collected: real,
  lost: { file: endings, title: "test_death_of_agents_and_nodes" },
  silent: { file: nodes, title: "is waited for as long as `lost_after` says, and runs once" },
  preempted: real,
  drained: real,
  operator: real,
  sibling: real,
  artifact: real,
  template: real,
  "oom-reported": real,
  succeeded: real,
  "set-up": real,
  "oom-inferred": real,
  signal: real,
  "exit-code": real,
  "driver-known": real,
  "driver-other": real,
  unexplained: { ...table, fake: "no agent is known to end a task without an event" },
};
