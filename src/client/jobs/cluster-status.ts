import { LauncherError } from "../../core/errors/launcher-error.js";
import type { NomadClient } from "../create-client.js";
import type { CallOptions } from "../options.js";

/** How many there are in which state. */
export interface ClusterStatus {
  readonly nodes: { readonly total: number; readonly ready: number; readonly down: number };
  readonly jobs: { readonly total: number; readonly running: number; readonly dead: number };
  readonly allocations: { readonly running: number; readonly pending: number; readonly failed: number };
}

/**
 * The state of a cluster in three calls, however many jobs it has. Jobs and allocations are those of every namespace that
 * the token may see.
 */
export async function clusterStatus(nomad: NomadClient, options: CallOptions = {}): Promise<ClusterStatus> {
  const everywhere = { namespace: "*", ...options };
  const [nodes, jobs, allocations] = await Promise.all([
    unlessForbidden(nomad.nodes.list(options)),
    nomad.jobs.list(everywhere),
    nomad.allocations.list({ ...everywhere, taskStates: false }),
  ]);
  const nodeStates = counter(nodes.map(({ Status }) => Status));
  const jobStates = counter(jobs.map(({ Status }) => Status));
  const states = counter(allocations.map(({ ClientStatus }) => ClientStatus));
  return {
    nodes: { total: nodes.length, ready: nodeStates("ready"), down: nodeStates("down") },
    jobs: { total: jobs.length, running: jobStates("running"), dead: jobStates("dead") },
    allocations: { running: states("running"), pending: states("pending"), failed: states("failed") },
  };
}

function counter(states: readonly string[]) {
  return (wanted: string): number => states.filter((state) => state === wanted).length;
}

/** A token that may not see nodes sees none: the rest is of use. */
async function unlessForbidden<T>(reading: PromiseLike<readonly T[]>): Promise<readonly T[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return [];
    throw error;
  }
}
