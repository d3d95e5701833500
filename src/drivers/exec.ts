import type { TaskDriver } from "../core/contracts/task-driver.js";
import { commandOf } from "./argv.js";
import { joinConfig, writtenConfig } from "./config.js";
import { diagnose } from "./diagnose.js";
import { processFailures } from "./processes.js";

/**
 * Nomad's `exec` driver: a process of the node in a chroot, as `nobody` unless the request names a user.
 * Linux and a root agent only. Source: https://developer.hashicorp.com/nomad/docs/drivers/exec
 */
export function createExecDriver(): TaskDriver {
  return {
    name: "exec",
    capabilities: { image: "none", filesystem: "isolated", devices: true, nodeUsers: true, lateLogs: false },
    toConfig: (request, site) => joinConfig({ ...commandOf(request.argv) }, writtenConfig("exec", request, site)),
    explain: (events) => diagnose(events, processFailures),
  };
}
