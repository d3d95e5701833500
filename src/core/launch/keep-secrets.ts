import { LauncherError } from "../errors/launcher-error.js";
import type { LaunchRequest } from "../model/launch-request.js";
import { secretVariablePath } from "../model/secret-variable.js";
import type { Launch, LaunchContext } from "./context.js";

const apiPath = (path: string) => `/var/${path.split("/").map(encodeURIComponent).join("/")}`;

/**
 * Puts the request's secret environment into the job's own Nomad variable, where the task may read it and nobody else
 * without that right; the `secret-environment` feature writes the template that reads it.
 *
 * Where the token may not write variables, the values go into the job's environment, with a warning: it is then
 * readable to whoever may read jobs.
 *
 * Source: https://developer.hashicorp.com/nomad/docs/concepts/variables#task-access-to-variables
 */
export async function keepSecrets(launch: Launch, namespace: string, context: LaunchContext): Promise<LaunchRequest> {
  const { request, signal } = launch;
  if (Object.keys(request.secretEnv).length === 0) return request;
  const path = secretVariablePath(request.jobId);
  if (path === undefined) return request; // The feature that would read it refuses such a job ID, with the cure.
  // Only where there is none yet: what stands there already is ours (a resumed launch), or another job's.
  const query = { namespace, region: request.placement.region, cas: 0 };
  const body = { Path: path, Namespace: namespace, Items: request.secretEnv };
  try {
    await context.transport.request({ method: "PUT", path: apiPath(path), query, body }, signal);
    return request;
  } catch (error) {
    if (isThere(error)) return request;
    if (!isRefusal(error)) throw error;
    const message = `${Object.keys(request.secretEnv).join(", ")} are readable in the job: the token may not write the Nomad variable ${path} (its policy lacks write for it in "variables")`;
    launch.report({ kind: "warning", jobId: request.jobId, message, at: context.clock.now() });
    return { ...request, env: { ...request.env, ...request.secretEnv }, secretEnv: {} };
  }
}

/** Deletes the variable again; a failure is only logged, for the task is over. */
export async function dropSecrets(request: LaunchRequest, namespace: string, context: LaunchContext): Promise<void> {
  if (Object.keys(request.secretEnv).length === 0) return;
  const path = secretVariablePath(request.jobId);
  if (path === undefined) return;
  const query = { namespace, region: request.placement.region };
  try {
    const call = { method: "DELETE", path: apiPath(path), query } as const;
    await context.transport.request(call, AbortSignal.timeout(10_000));
  } catch (error) {
    context.logger.warn({ job: request.jobId, error: String(error) }, "the job's variable could not be deleted");
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN";
}

function isThere(error: unknown): boolean {
  return error instanceof LauncherError && error.facts["status"] === 409;
}
