import type { OutcomeCause } from "../model/outcome.js";
import type { Facts, PlacedFacts } from "./facts.js";
import type { Finding } from "./finding.js";
import { drained, lost, operatorStop, preempted, silent } from "./outcomes-of-cluster.js";
import {
  collected,
  gangEnded,
  gangLate,
  interrupted,
  timeLimit,
  workerCutOff,
  workerEnded,
} from "./outcomes-of-launcher.js";
import {
  driverKnown,
  driverOther,
  exitCode,
  oomInferred,
  oomReported,
  setUp,
  signal,
  succeeded,
  unexplained,
} from "./outcomes-of-task.js";
import { full, notConsidered, stoppedWaiting, unfit } from "./outcomes-of-waiting.js";
import { artifactFailure, templateFailure } from "./preparation-failure.js";
import { siblingFailure } from "./sibling-failure.js";

/** One way to end. */
export interface OutcomeRow {
  readonly cause: OutcomeCause;
  /** What must have been seen, for docs/outcomes.md. */
  readonly evidence: string;
  readonly find: (facts: Facts) => Finding | undefined;
}

const placed =
  (find: (facts: PlacedFacts) => Finding | undefined): OutcomeRow["find"] =>
  ({ placed: found }) =>
    found && find(found);

/**
 * Every way in which an attempt can end, in the order in which they are asked; the first that finds something is the
 * verdict. Pure: facts in, finding out.
 *
 * The order is the pipeline's, and it matters: Nomad calls an allocation `complete` also when it was stopped or drained, and
 * puts `ExitCode: 0` on every event, so what the launcher, the cluster or another task did comes before what the task did.
 */
export const outcomeTable: readonly OutcomeRow[] = [
  { cause: "gang-late", evidence: "a node of a gang has no place when the gang's time is up", find: gangLate },
  { cause: "gang-ended", evidence: "another node of the gang ended badly", find: gangEnded },
  {
    cause: "worker-cut-off",
    evidence: "the launch host died while a worker of a pool ran the task",
    find: workerCutOff,
  },
  {
    cause: "worker-ended",
    evidence: "a worker of a pool succeeded, and the task on it never said its end",
    find: workerEnded,
  },
  {
    cause: "time-limit",
    evidence: "the launcher stopped the job at its time limit; a task with others around it had not ended by itself",
    find: timeLimit,
  },
  { cause: "interrupted", evidence: "the run, the client or the launcher was told to end", find: interrupted },
  {
    cause: "stopped-waiting",
    evidence: "an evaluation `job-deregister` and no allocation",
    find: stoppedWaiting,
  },
  { cause: "full", evidence: "`FailedTGAllocs`: nodes exhausted, none too small, for the site's limit", find: full },
  { cause: "unfit", evidence: "`FailedTGAllocs`: all nodes filtered or too small, or none, for 15 s", find: unfit },
  { cause: "not-considered", evidence: "no evaluation has said anything within the site's limit", find: notConsidered },
  { cause: "collected", evidence: "Nomad knows the job no more (404), and its end was never seen", find: collected },
  { cause: "lost", evidence: "client status `lost`", find: placed(lost) },
  { cause: "silent", evidence: "client status `unknown` for longer than `lostAfterMinutes`", find: placed(silent) },
  { cause: "preempted", evidence: "`PreemptedByAllocation`, or desired status `evict`", find: placed(preempted) },
  {
    cause: "drained",
    evidence: "`DesiredTransition.Migrate`, an evaluation `node-drain`, `Killed`",
    find: placed(drained),
  },
  {
    cause: "operator",
    evidence: "desired status `stop` or an evaluation `job-deregister`, and the task had not ended before",
    find: placed(operatorStop),
  },
  { cause: "sibling", evidence: "`Sibling Task Failed` names another task of the group", find: placed(siblingFailure) },
  {
    cause: "artifact",
    evidence: "`Failed Artifact Download`, never `Started`",
    find: placed(({ run }) => artifactFailure(run)),
  },
  {
    cause: "template",
    evidence: "`Killing` or `Task hook failed` by the template hook; our own marker for a missing secret",
    find: placed(({ run }) => templateFailure(run)),
  },
  { cause: "oom-reported", evidence: "`Terminated` with `oom_killed`", find: placed(oomReported) },
  { cause: "succeeded", evidence: "`Terminated` with code 0 and no signal", find: placed(succeeded) },
  {
    cause: "set-up",
    evidence: "`Terminated` with a code that the step's own script gives a meaning",
    find: placed(setUp),
  },
  {
    cause: "oom-inferred",
    evidence: "SIGKILL or 137 in an isolated task, and no `Killing` or `Signaling`: cgroup v2 often reports no more",
    find: placed(oomInferred),
  },
  { cause: "signal", evidence: "`Terminated` with a signal", find: placed(signal) },
  { cause: "exit-code", evidence: "`Terminated` with another code", find: placed(exitCode) },
  {
    cause: "driver-known",
    evidence: "the driver's `explain` knows the text of the failure",
    find: placed(driverKnown),
  },
  { cause: "driver-other", evidence: "another failure event, in the driver's own words", find: placed(driverOther) },
  { cause: "unexplained", evidence: "nothing of all that", find: placed(unexplained) },
];
