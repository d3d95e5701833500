import { refuse } from "./refuse.js";

/** Nomad's rule for variable paths (nomad/structs/variables.go, `validVariablePath`). */
const path = /^[a-zA-Z0-9\-_~/]{1,128}$/;

/** Longest job ID that can have a variable of its own: 128 less `nomad/jobs/`. */
export const LONGEST_JOB_ID_WITH_SECRETS = 117;

/**
 * Path of the Nomad variable that holds a job's secret environment. A task may read its own job's variable by its
 * workload identity, without any policy.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` when Nomad allows no variable for such a job ID.
 */
export function secretVariablePath(jobId: string): string {
  const at = `nomad/jobs/${jobId}`;
  if (path.test(at)) return at;
  throw refuse(
    `jobId ${JSON.stringify(jobId)}`,
    "a job with secrets needs an ID that Nomad also accepts as a variable's path",
    `Use at most ${LONGEST_JOB_ID_WITH_SECRETS} of the characters A-Z a-z 0-9 - _ ~ /.`,
  );
}
