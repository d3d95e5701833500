import type { Clock } from "../core/contracts/clock.js";
import type { Logger } from "../core/contracts/logger.js";
import { describeError } from "../core/errors/launcher-error.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { type DeadJob, findDeadJobs, sweepJob } from "../core/sweep/dead-jobs.js";
import { findDeadFolders, removeFolder } from "./dead-folders.js";

/** What a sweep is told, one line each. */
export interface SweepReport {
  stopped(job: DeadJob, site: string): void;
  removed(folder: string): void;
  failed(what: string, error: unknown): void;
}

/** How a sweep is made. */
export interface SweepOptions {
  readonly clock: Clock;
  /** Only says what it would do. */
  readonly dryRun?: boolean;
  /** Also jobs from before the machine was started anew; see `SweepParts`. */
  readonly earlierBoots?: boolean;
}

/** Stops what dead runs of this machine and user have left on some sites, and removes their folders. Never rejects. */
export async function sweepDead(
  launchers: readonly SiteLauncher[],
  report: SweepReport,
  { clock, dryRun = false, earlierBoots = false }: SweepOptions,
  signal: AbortSignal,
): Promise<void> {
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      report.failed(what, error);
    }
  };
  const seen = new Set<string>();
  for (const { site, transport } of launchers) {
    const parts = { transport, clock, namespace: site.defaults.namespace, region: site.region, earlierBoots };
    await attempt(`Site ${site.name}`, async () => {
      for (const job of await findDeadJobs(parts, signal)) {
        const key = `${transport.address} ${job.namespace} ${job.jobId}`;
        if (seen.has(key)) continue;
        seen.add(key);
        // One that may not be stopped, in a namespace that is only read, keeps no other from it.
        await attempt(`Job ${job.jobId} on site ${site.name}`, async () => {
          if (!dryRun) await sweepJob(job, parts, signal);
          report.stopped(job, site.name);
        });
      }
    });
  }
  await attempt("The temporary directory", async () => {
    for (const folder of await findDeadFolders(clock)) {
      await attempt(folder, async () => {
        if (!dryRun) await removeFolder(folder);
        report.removed(folder);
      });
    }
  });
}

/** The sweep of a host that has just started: it goes on beside the run, and only the log hears of it. */
export function logSweep(logger: Logger): SweepReport {
  return {
    stopped: ({ jobId }, site) => logger.warn({ job: jobId, site }, "stopped a job that a dead run had left"),
    removed: (folder) => logger.info({ folder }, "removed the folder of a dead run"),
    failed: (what, error) => logger.debug({ what, error: describeError(error) }, "could not be swept"),
  };
}
