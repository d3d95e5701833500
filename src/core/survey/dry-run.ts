import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";
import { planJob } from "../launch/nomad-calls.js";
import type { AllocMetric } from "../model/evaluation.js";
import type { Constraint, Job } from "../model/job.js";
import { unlessForbidden } from "./unless-forbidden.js";

/** Where a dry run looks. */
export interface DryPlace {
  readonly namespace: string;
  readonly region?: string | undefined;
  readonly nodePool?: string | undefined;
}

/** How many ready nodes there are, by datacenter; of the node pool asked for. */
export type Datacenters = ReadonlyMap<string, number>;

/** No node has it, so that the scheduler always says what it looked at. */
const impossible: Constraint = { LTarget: "${attr.kernel.name}", Operand: "=", RTarget: "metaflow-nomad-dry-run" };

/**
 * Asks the scheduler about ready nodes by planning a job that fits nowhere: that needs submit-job only, and leaves
 * nothing behind. Undefined where the token may not even plan; `"no-pool"` where the node pool does not exist.
 */
export async function readDatacenters(
  transport: NomadTransport,
  place: DryPlace,
  signal: AbortSignal,
): Promise<Datacenters | "no-pool" | undefined> {
  try {
    const metric = await dryRun(transport, dryJob(place, "raw_exec", [impossible]), signal);
    return metric === undefined ? undefined : new Map(Object.entries(metric?.NodesAvailable ?? {}));
  } catch (error) {
    if (error instanceof LauncherError && /nonexistent node pool/.test(error.message)) return "no-pool";
    throw error;
  }
}

/** Whether any ready node has a driver; undefined where the token may not plan. */
export async function isDriverThere(
  transport: NomadTransport,
  place: DryPlace,
  driver: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const metric = await dryRun(transport, dryJob(place, driver, []), signal);
  if (metric === undefined) return undefined;
  // Nothing but the driver filters here; of nodes that are alike, Nomad names the reason only once.
  return metric === null || (metric.NodesFiltered ?? 0) < (metric.NodesEvaluated ?? 0);
}

/** Whether the token may submit jobs in a namespace: Nomad asks the same right for a plan. */
export async function mayPlan(transport: NomadTransport, place: DryPlace, signal: AbortSignal): Promise<boolean> {
  return (await dryRun(transport, dryJob(place, "raw_exec", [impossible]), signal)) !== undefined;
}

/** The smallest job there is; it is planned only. */
function dryJob({ namespace, region, nodePool }: DryPlace, driver: string, constraints: readonly Constraint[]): Job {
  const task = { Name: "main", Driver: driver, Config: {}, Resources: { CPU: 1, MemoryMB: 10 } };
  return {
    ID: "metaflow-nomad-dry-run",
    Name: "metaflow-nomad-dry-run",
    Type: "batch",
    Namespace: namespace,
    ...(region !== undefined && { Region: region }),
    ...(nodePool !== undefined && { NodePool: nodePool }),
    Datacenters: ["*"],
    Constraints: constraints,
    TaskGroups: [
      {
        Name: "main",
        Count: 1,
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Tasks: [task],
      },
    ],
  };
}

/** Why the scheduler would not place it: null where it would, undefined where the token may not ask. */
async function dryRun(
  transport: NomadTransport,
  job: Job,
  signal: AbortSignal,
): Promise<AllocMetric | null | undefined> {
  const reply = await unlessForbidden(planJob(transport, job, signal).then((body) => ({ body })));
  if (reply === undefined) return undefined;
  const failed = (reply.body as { FailedTGAllocs?: Record<string, AllocMetric> | null } | undefined)?.FailedTGAllocs;
  return Object.values(failed ?? {})[0] ?? null;
}
