import type { TaskDriver } from "../core/contracts/task-driver.js";
import { commandOf } from "./argv.js";
import { joinConfig, writtenConfig } from "./config.js";
import { diagnose } from "./diagnose.js";
import { processFailures } from "./processes.js";

/**
 * Nomad's `raw_exec` driver: a plain process of the node, without isolation, as the agent's user unless the request
 * names one. Off by default on nodes. Source: https://developer.hashicorp.com/nomad/docs/drivers/raw_exec
 */
export function createRawExecDriver(): TaskDriver {
  return {
    name: "raw_exec",
    capabilities: { image: "none", filesystem: "host", devices: true, nodeUsers: true, lateLogs: false },
    toConfig: (request, site) => joinConfig({ ...commandOf(request.argv) }, writtenConfig("raw_exec", request, site)),
    explain: (events) => diagnose(events, processFailures),
  };
}
