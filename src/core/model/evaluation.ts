/** What we read of a Nomad evaluation. Source: https://developer.hashicorp.com/nomad/api-docs/evaluations */
export interface Evaluation {
  readonly ID: string;
  readonly JobID: string;
  readonly Namespace: string;
  readonly Status: "blocked" | "pending" | "complete" | "failed" | "canceled";
  readonly StatusDescription?: string;
  readonly TriggeredBy?: string;
  readonly NextEval?: string;
  readonly PreviousEval?: string;
  readonly BlockedEval?: string;
  readonly FailedTGAllocs?: Readonly<Record<string, AllocMetric>> | null;
  readonly ModifyIndex: number;
  readonly CreateIndex: number;
}

/** Why a group could not be placed, counted over nodes. */
export interface AllocMetric {
  readonly NodesEvaluated?: number;
  readonly NodesFiltered?: number;
  readonly NodesInPool?: number;
  readonly NodePool?: string;
  readonly NodesAvailable?: Readonly<Record<string, number>> | null;
  readonly ClassFiltered?: Readonly<Record<string, number>> | null;
  readonly ConstraintFiltered?: Readonly<Record<string, number>> | null;
  readonly NodesExhausted?: number;
  readonly ClassExhausted?: Readonly<Record<string, number>> | null;
  readonly DimensionExhausted?: Readonly<Record<string, number>> | null;
  readonly QuotaExhausted?: readonly string[] | null;
  readonly ResourcesExhausted?: Readonly<Record<string, unknown>> | null;
  readonly CoalescedFailures?: number;
}
