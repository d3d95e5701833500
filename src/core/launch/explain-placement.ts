import type { AllocMetric, Evaluation } from "../model/evaluation.js";
import type { Job } from "../model/job.js";
import { describeMetric, type Size } from "./describe-metric.js";
import type { NodeSize } from "./node-sizes.js";

/** Why a job has no allocation, in words. */
export interface PlacementProblem {
  /** Reasons joined into one clause, e.g. `2 nodes lack driver docker; memory exhausted on 1 node`. */
  readonly reason: string;
  /** Whether nodes that would do are merely full, so that waiting can help. */
  readonly busy: boolean;
  readonly metrics: Readonly<Record<string, AllocMetric>>;
}

/**
 * Reads the newest evaluation that failed to place the group; undefined when none did.
 * @param largest - The largest node, where that is known: what does not fit there is not a matter of waiting.
 */
export function explainPlacement(
  chain: readonly Evaluation[],
  job: Job,
  largest?: NodeSize,
): PlacementProblem | undefined {
  const failed = chain.findLast((evaluation) => Object.keys(evaluation.FailedTGAllocs ?? {}).length > 0);
  const metrics = failed?.FailedTGAllocs;
  const metric = metrics && Object.values(metrics)[0];
  if (metric === undefined || metric === null) return undefined;
  const sizes = sizesOf(job, largest);
  const full = (metric.NodesExhausted ?? 0) > 0 || (metric.QuotaExhausted?.length ?? 0) > 0;
  return {
    reason: describeMetric(metric, job, sizes).join("; "),
    busy: full && !Object.values(sizes).some(({ asked, most = asked }) => asked > most),
    metrics: metrics ?? {},
  };
}

/** What the task asks for, beside the largest node, by Nomad's name of the dimension. */
function sizesOf(job: Job, largest: NodeSize | undefined): Record<string, Size> {
  const { MemoryMB, CPU = 0 } = job.TaskGroups[0].Tasks[0].Resources;
  const disk = job.TaskGroups[0].EphemeralDisk?.SizeMB;
  return {
    memory: { asked: MemoryMB, most: largest?.memoryMb, unit: "MB" },
    cpu: { asked: CPU, most: largest?.cpuMhz, unit: "MHz" },
    ...(disk !== undefined && { disk: { asked: disk, most: largest?.diskMb, unit: "MB" } }),
  };
}
