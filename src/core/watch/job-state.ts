import type { Allocation } from "../model/allocation.js";
import type { Evaluation } from "../model/evaluation.js";
import type { Sighting } from "../contracts/watcher.js";

/** All that is known of one watched job. Immutable: every change makes a new one. */
export interface JobState {
  readonly jobId: string;
  /** Newest state of each evaluation, by ID. */
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  /** Newest state of each allocation, by ID. */
  readonly allocations: ReadonlyMap<string, Allocation>;
  /** Whether a complete look has been taken at least once. */
  readonly seen: boolean;
  /** Whether the newest complete look shows nothing of a job that was there: it may have been collected. */
  readonly vanished: boolean;
}

export const unseenJob = (jobId: string): JobState => ({
  jobId,
  evaluations: new Map(),
  allocations: new Map(),
  seen: false,
  vanished: false,
});

/**
 * Folds one sighting into a job's state; the same object when nothing changed.
 *
 * Replays and reordered news are harmless: the higher `ModifyIndex` wins. What a complete look does not show is kept:
 * Nomad's garbage collection takes finished allocations away at any moment, and what they said stays true.
 */
export function reduceJob(state: JobState, sighting: Sighting): JobState {
  const evaluations = newest(state.evaluations, sighting.evaluations, state.jobId);
  const allocations = newest(state.allocations, sighting.allocations, state.jobId);
  const same = evaluations === state.evaluations && allocations === state.allocations;
  const complete = sighting.complete?.has(state.jobId) ?? false;
  const seen = state.seen || complete;
  const vanished = complete ? isBlank(sighting, state) : state.vanished && same;
  if (same && seen === state.seen && vanished === state.vanished) return state;
  return { jobId: state.jobId, evaluations, allocations, seen, vanished };
}

/** Whether a look shows nothing of a job of which something is known, and is no older than that. */
function isBlank({ index, ...shown }: Sighting, { jobId, ...known }: JobState): boolean {
  const last = [...known.evaluations.values(), ...known.allocations.values()].map(({ ModifyIndex }) => ModifyIndex);
  if (last.length === 0 || index < Math.max(...last)) return false;
  return ![...shown.allocations, ...shown.evaluations].some(({ JobID }) => JobID === jobId);
}

interface Versioned {
  readonly ID: string;
  readonly JobID: string;
  readonly ModifyIndex: number;
}

function newest<T extends Versioned>(known: ReadonlyMap<string, T>, news: readonly T[], jobId: string) {
  let result: Map<string, T> | undefined;
  for (const item of news) {
    if (item.JobID !== jobId) continue;
    const current = (result ?? known).get(item.ID);
    if (current !== undefined && current.ModifyIndex >= item.ModifyIndex) continue;
    result ??= new Map(known);
    result.set(item.ID, item);
  }
  return result ?? known;
}

/** The allocation the job stands by: the end of the replacement chain, or the newest. */
export function currentAllocation(state: JobState): Allocation | undefined {
  let latest: Allocation | undefined;
  for (const allocation of state.allocations.values()) {
    if (latest === undefined || allocation.CreateIndex > latest.CreateIndex) latest = allocation;
  }
  return latest;
}

/** Evaluations of the job, oldest first: the chain that leads to a placement, or says why there is none. */
export function evaluationChain(state: JobState): readonly Evaluation[] {
  return [...state.evaluations.values()].sort((a, b) => a.CreateIndex - b.CreateIndex);
}

/**
 * Whether somebody stopped the job. With `-purge` this is the last that is heard of it: Nomad then tells neither a
 * watcher nor a list what becomes of its allocations (nomad#19834; seen on 1.11.0).
 */
export function wasDeregistered(state: JobState): boolean {
  return [...state.evaluations.values()].some(({ TriggeredBy }) => TriggeredBy === "job-deregister");
}
