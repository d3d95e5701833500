import { LauncherError } from "../errors/launcher-error.js";
import type { Evaluation } from "../model/evaluation.js";
import type { Job } from "../model/job.js";
import type { NomadTransport } from "../contracts/transport.js";
import { explainPlacement } from "./explain-placement.js";
import type { NodeSizes } from "./node-sizes.js";
import { planJob } from "./nomad-calls.js";

/** Oldest supported Nomad. */
const oldest = [1, 7, 7] as const;

/** What a dry run found. Problems that forbid the launch are thrown instead. */
export interface PreflightResult {
  /** The server's version; undefined where the token may not ask. */
  readonly version?: string;
  readonly warnings: readonly string[];
}

/**
 * Tries a job without submitting it: address, TLS, token, region, namespace, version and placement.
 *
 * @throws LauncherError when nothing of the kind could ever run there.
 */
export async function preflight(
  job: Job,
  transport: NomadTransport,
  nodes: NodeSizes,
  signal: AbortSignal,
): Promise<PreflightResult> {
  const [plan, version] = await Promise.all([planJob(transport, job, signal), serverVersion(transport, signal)]);
  if (version !== undefined && isOlder(version)) {
    throw new LauncherError("NOMAD_E_API_VERSION", { version, address: transport.address });
  }
  const failed = (plan as { FailedTGAllocs?: Evaluation["FailedTGAllocs"] } | undefined)?.FailedTGAllocs ?? null;
  const chain = [{ FailedTGAllocs: failed } as Evaluation];
  const full = explainPlacement(chain, job);
  const problem = full && explainPlacement(chain, job, await nodes.largest(job.Region));
  const warnings = problem === undefined ? [] : [`at this moment no node could take it: ${problem.reason}`];
  return { warnings, ...(version !== undefined && { version }) };
}

/** Needs agent:read; under the least token the version stays unknown. */
async function serverVersion(transport: NomadTransport, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { body } = await transport.request({ method: "GET", path: "/agent/self" }, signal);
    return (body as { config?: { Version?: { Version?: string } } } | undefined)?.config?.Version?.Version;
  } catch (error) {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return undefined;
    throw error;
  }
}

function isOlder(version: string): boolean {
  const numbers = version.split(/[.-]/, 3).map(Number);
  for (const [index, wanted] of oldest.entries()) {
    const has = numbers[index] ?? 0;
    if (has !== wanted) return has < wanted;
  }
  return false;
}
