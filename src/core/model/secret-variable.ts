/** Nomad's rule for variable paths (nomad/structs/variables.go, `validVariablePath`). */
const allowed = /^[a-zA-Z0-9\-_~/]{1,128}$/;

/** Longest job ID that can have a variable of its own: 128 less `nomad/jobs/`. */
export const longestJobIdWithSecrets = 117;

/**
 * Path of the Nomad variable that holds a job's secret environment; undefined when Nomad allows none for such an ID.
 * A task may read its own job's variable by its workload identity, without any policy.
 */
export function secretVariablePath(jobId: string): string | undefined {
  const path = `nomad/jobs/${jobId}`;
  return allowed.test(path) ? path : undefined;
}
