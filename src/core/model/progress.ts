import type { Outcome } from "./outcome.js";

/** What a launch reports while it goes, in order. Times are milliseconds since the epoch. */
export type LaunchProgress =
  | { readonly kind: "submitted"; readonly jobId: string; readonly evaluationId: string; readonly at: number }
  | { readonly kind: "waiting"; readonly jobId: string; readonly reason: string; readonly at: number }
  | { readonly kind: "placed"; readonly placement: Placement; readonly at: number }
  | { readonly kind: "started"; readonly jobId: string; readonly allocationId: string; readonly at: number }
  | { readonly kind: "warning"; readonly jobId: string; readonly message: string; readonly at: number }
  | { readonly kind: "ended"; readonly outcome: Outcome; readonly at: number };

/** Where a task was placed. */
export interface Placement {
  readonly jobId: string;
  readonly allocationId: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly driver: string;
  readonly namespace: string;
  readonly region?: string;
  /** Main task's name inside the allocation. */
  readonly task: string;
  /** Where the allocation is a worker of a pool: which item of that worker this is, from 1. */
  readonly item?: number;
}
