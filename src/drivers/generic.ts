import type { JsonObject } from "../core/model/json.js";
import type { TaskDriver } from "../core/contracts/task-driver.js";
import { commandOf } from "./argv.js";
import { joinConfig, writtenConfig } from "./config.js";
import { commonFailures, diagnose } from "./diagnose.js";

/** Drivers of which Nomad's documentation says that they take no `command`. */
const withoutCommand = new Set(["qemu", "mock_driver"]);

/**
 * Any driver no plugin brings (podman, containerd-driver, a company's own): `command`, `args` and, when the request
 * names one, `image`; driver_config adds and wins, and a key it sets to null is left out. Nothing is known of it, so it
 * counts as isolated, and only a host volume shares storage with it.
 */
export function createGenericDriver(name: string): TaskDriver {
  return {
    name,
    capabilities: { image: "optional", filesystem: "isolated", devices: true, nodeUsers: false },
    toConfig: (request, site) => {
      const command: JsonObject = withoutCommand.has(name) ? {} : { ...commandOf(request.argv) };
      const image: JsonObject = request.image === undefined ? {} : { image: request.image };
      return joinConfig({ ...image, ...command }, writtenConfig(name, request, site));
    },
    explain: (events) => diagnose(events, commonFailures),
  };
}
