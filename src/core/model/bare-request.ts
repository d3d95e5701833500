import type { LaunchRequest } from "./launch-request.js";

/** A request that asks for nothing of its own. */
export const bareRequest = {
  argv: [],
  resources: {},
  placement: {},
  env: {},
  secretEnv: {},
  nomadEnv: {},
  meta: {},
} as const satisfies Omit<LaunchRequest, "jobId">;
