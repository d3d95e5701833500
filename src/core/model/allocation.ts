/** What we read of a Nomad allocation. Source: https://developer.hashicorp.com/nomad/api-docs/allocations */
export interface Allocation {
  readonly ID: string;
  readonly JobID: string;
  readonly Namespace: string;
  readonly EvalID: string;
  readonly NodeID: string;
  readonly NodeName: string;
  readonly TaskGroup: string;
  readonly ClientStatus: "pending" | "running" | "complete" | "failed" | "lost" | "unknown";
  readonly ClientDescription?: string;
  readonly DesiredStatus: "run" | "stop" | "evict";
  readonly DesiredDescription?: string;
  readonly DesiredTransition?: { readonly Migrate?: boolean | null; readonly Reschedule?: boolean | null };
  readonly PreemptedByAllocation?: string;
  readonly PreviousAllocation?: string;
  readonly NextAllocation?: string;
  readonly TaskStates?: Readonly<Record<string, TaskState>> | null;
  /** Nanoseconds since the epoch. */
  readonly CreateTime: number;
  readonly ModifyTime: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** What Nomad says of one task of an allocation. Times are RFC 3339. */
export interface TaskState {
  readonly State: "pending" | "running" | "dead";
  readonly Failed: boolean;
  readonly Restarts?: number;
  readonly StartedAt?: string | null;
  readonly FinishedAt?: string | null;
  /** The last ten events only. */
  readonly Events?: readonly TaskEvent[] | null;
}

/** One event of a task, as Nomad keeps it. */
export interface TaskEvent {
  readonly Type: string;
  /** Nanoseconds since the epoch. */
  readonly Time: number;
  readonly DisplayMessage?: string;
  readonly Details?: Readonly<Record<string, string>> | null;
  /** Present on every event; says something on `Terminated` only. */
  readonly ExitCode?: number;
  readonly Signal?: number;
  readonly Message?: string;
  readonly DriverError?: string;
  readonly KillError?: string;
  readonly KillReason?: string;
}
