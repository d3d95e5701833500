import type { TaskDriver } from "../contracts/task-driver.js";
import type { Allocation, TaskEvent } from "../model/allocation.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { PlacementProblem } from "./explain-placement.js";
import type { Sibling } from "./sibling-failure.js";

/** All that a verdict rests on: what the launcher did, and what Nomad said. A part is absent where things never came so far. */
export interface Facts {
  /** Why the launcher itself stopped the job, if it did. */
  readonly stoppedFor?: "time-limit" | "cancelled";
  /** What became of the tasks that had to start together. */
  readonly gang?: GangFacts;
  /** What became of the worker of a pool that the task ran on. */
  readonly worker?: "cut-off" | "ended";
  /** The job was never placed. */
  readonly waiting?: WaitingFacts;
  /** Nomad has forgotten the job, and its end was never seen. */
  readonly collected?: boolean;
  readonly placed?: PlacedFacts;
}

/** A gang that ended together. */
export interface GangFacts {
  /** Index of the node that decided it. */
  readonly decidedBy: number;
  /** Where not all were placed in time: how many were, of how many, within how many seconds, and why no more. */
  readonly late?: { readonly placed: number; readonly size: number; readonly seconds: number; readonly why: string };
}

/** A job that waited for a node. */
export interface WaitingFacts {
  /** Somebody stopped it meanwhile. */
  readonly deregistered?: boolean;
  /** Why no node took it; absent where Nomad never said. */
  readonly problem?: Pick<PlacementProblem, "reason" | "busy">;
  /** What it asks for, in words. */
  readonly ask: string;
  readonly waitedMs: number;
}

/** A job that was placed. */
export interface PlacedFacts {
  readonly allocation: Allocation;
  /** Events of the main task's last run. */
  readonly run: readonly TaskEvent[];
  /** How often Nomad started the main task again. */
  readonly restarts: number;
  readonly request: LaunchRequest;
  readonly driver: TaskDriver;
  /** Name of the main task in the allocation. */
  readonly task: string;
  /** The end of what the task printed; absent where not all of it could be read. */
  readonly lastWords?: string;
  /** The tasks around it. */
  readonly siblings: readonly Sibling[];
  /** Memory limit of the task in MB. */
  readonly memory: number;
  /** What triggered the job's evaluations (`job-register`, `node-drain`, `alloc-stop`…). */
  readonly triggers: readonly string[];
}
