import { LauncherError } from "../errors/launcher-error.js";
import type { Evaluation } from "../model/evaluation.js";
import type { Job } from "../model/job.js";
import type { Site } from "../model/site.js";
import type { NomadTransport } from "../contracts/transport.js";
import { checkVolumes } from "./check-volumes.js";
import { explainPlacement } from "./explain-placement.js";
import { meetVersion } from "./meet-version.js";
import type { NodeSizes } from "./node-sizes.js";
import { planJob } from "./nomad-calls.js";
import { warnOfRepeats } from "./repeats.js";
import type { ServerVersion } from "./server-version.js";
import { compareVersions } from "./version-needs.js";

/** Oldest supported Nomad. */
export const oldestNomad = "1.7.7";

/** What a dry run found. Problems that forbid the launch are thrown instead. */
export interface PreflightResult {
  /** The server's version; undefined where the token may not ask. */
  readonly version?: string;
  readonly warnings: readonly string[];
}

/** What is asked of the site. */
export interface PreflightParts {
  readonly transport: NomadTransport;
  readonly nodes: NodeSizes;
  readonly version: ServerVersion;
  readonly site: Pick<Site, "name" | "placementTimeoutSeconds">;
}

/** What a dry run may refuse. */
export interface PreflightOptions {
  /** Whether whoever asked can go on without this task (@catch): then it is told, and left to fail. */
  readonly optional?: boolean;
}

/**
 * Tries a job without submitting it: address, TLS, token, region, namespace, version and placement.
 *
 * A job that no present node could ever take is refused, unless the site says how long to wait for nodes
 * (`placementTimeoutMinutes`), or the task is optional. One that merely finds no room now is only told.
 *
 * @throws LauncherError when nothing of the kind could ever run there.
 */
export async function preflight(
  job: Job,
  parts: PreflightParts,
  signal: AbortSignal,
  options: PreflightOptions = {},
): Promise<PreflightResult> {
  const { transport } = parts;
  const version = await parts.version.read(signal);
  if (version !== undefined && compareVersions(version, oldestNomad) < 0) {
    throw new LauncherError("NOMAD_E_API_VERSION", { version, address: transport.address });
  }
  const met = await meetVersion(job, parts.version, signal);
  const plan = await planJob(transport, met.job, signal);
  const placement = await judgePlacement(plan, met.job, parts, options);
  const warnings = [...met.warnings, ...warnOfRepeats(job), ...placement];
  return { warnings, ...(version !== undefined && { version }) };
}

async function judgePlacement(
  plan: unknown,
  job: Job,
  { nodes, site }: PreflightParts,
  { optional = false }: PreflightOptions,
): Promise<readonly string[]> {
  const failed = (plan as { FailedTGAllocs?: Evaluation["FailedTGAllocs"] } | undefined)?.FailedTGAllocs ?? {};
  const [metric] = Object.values(failed);
  if (metric === undefined) return [];
  const largest = await nodes.largest(job.Region);
  checkVolumes(metric, job, largest);
  const problem = explainPlacement([{ FailedTGAllocs: failed } as Evaluation], job, largest);
  if (problem === undefined) return [];
  const mayWait = problem.busy || optional || site.placementTimeoutSeconds !== undefined;
  if (!mayWait) throw new LauncherError("NOMAD_E_REQUEST_UNPLACEABLE", { site: site.name, reason: problem.reason });
  return [`at this moment no node could take it: ${problem.reason}`];
}
