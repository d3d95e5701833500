import type { DriverConfig, TaskDriver } from "../core/contracts/task-driver.js";
import { refuse } from "../core/errors/refuse.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";
import { commandOf, isComposed } from "./argv.js";
import { joinConfig, writtenConfig } from "./config.js";
import { diagnose } from "./diagnose.js";
import { processFailures } from "./processes.js";

/**
 * Nomad's `java` driver: a class or JAR in a chroot. `jar_path` or `class` come from driver_config; argv's first word
 * (`java`) is dropped, the rest are the program's arguments.
 * Source: https://developer.hashicorp.com/nomad/docs/drivers/java
 */
export function createJavaDriver(): TaskDriver {
  return {
    name: "java",
    capabilities: { image: "none", filesystem: "isolated", devices: true, nodeUsers: true, lateLogs: false },
    toConfig: javaConfig,
    explain: (events) => diagnose(events, processFailures),
  };
}

function javaConfig(request: LaunchRequest, site: Site): DriverConfig {
  const written = writtenConfig("java", request, site);
  if (typeof written["jar_path"] !== "string" && typeof written["class"] !== "string") {
    throw refuse("driver_config", "the java driver needs `jar_path` or `class`", "Add one of the two.");
  }
  if (!request.argv.every(isComposed)) {
    throw refuse("arguments", "the java driver cannot pass Unicode that is not composed (NFC)", "Write it in NFC.");
  }
  return joinConfig({ args: commandOf(request.argv).args }, written);
}
