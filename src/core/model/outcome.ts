import type { TaskEvent } from "./allocation.js";

/** How an attempt ended. */
export type OutcomeKind =
  | "succeeded"
  | "failed"
  | "oom-killed"
  | "image-pull"
  | "driver-failed"
  | "unplaced"
  | "timed-out"
  | "lost"
  | "preempted"
  | "drained"
  | "stopped"
  | "unknown";

/** The row of the decision table that an outcome is from (docs/outcomes.md); several may be of one kind. */
export type OutcomeCause =
  | "gang-late"
  | "gang-ended"
  | "worker-cut-off"
  | "worker-ended"
  | "interrupted"
  | "stopped-waiting"
  | "full"
  | "unfit"
  | "not-considered"
  | "time-limit"
  | "collected"
  | "lost"
  | "silent"
  | "preempted"
  | "drained"
  | "operator"
  | "sibling"
  | "artifact"
  | "template"
  | "oom-reported"
  | "succeeded"
  | "set-up"
  | "oom-inferred"
  | "signal"
  | "exit-code"
  | "driver-known"
  | "driver-other"
  | "unexplained";

/** The verdict on one attempt, with the evidence it rests on. Data, not an exception. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly cause: OutcomeCause;
  /** One plain sentence: what happened, to what. */
  readonly sentence: string;
  /** What the user can do next; empty on success. */
  readonly advice: string;
  /** Whether the same request could end differently on another try. */
  readonly retriable: boolean;
  /** The main task's exit code; absent when it never ran or ended without one. */
  readonly exitCode?: number;
  /** Signal that ended the task, when one did. */
  readonly signal?: number;
  readonly jobId: string;
  readonly allocationId?: string;
  readonly nodeName?: string;
  readonly evidence: OutcomeEvidence;
}

/** What Nomad said, unchanged. */
export interface OutcomeEvidence {
  readonly clientStatus?: string;
  readonly clientDescription?: string;
  readonly desiredStatus?: string;
  readonly desiredDescription?: string;
  readonly taskEvents?: readonly TaskEvent[];
  readonly placementFailures?: Readonly<Record<string, unknown>>;
}
