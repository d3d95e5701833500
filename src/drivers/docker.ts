import type { DriverConfig, TaskDriver } from "../core/contracts/task-driver.js";
import { escapeHcl } from "../core/launch/escape-hcl.js";
import { refuse } from "../core/launch/refuse.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";
import { commandOf } from "./argv.js";
import { joinConfig, writtenConfig } from "./config.js";
import { diagnose } from "./diagnose.js";
import { dockerFailures } from "./docker-failures.js";
import { checkImage } from "./docker-image.js";

/**
 * Nomad's `docker` driver. The command replaces the image's own entrypoint, so that what runs is what was asked; a
 * driver_config with `entrypoint` gets command and arguments behind it instead. Everything else (`force_pull`,
 * `work_dir`, `shm_size`, `ulimit`, `auth`…) is driver_config's.
 * Source: https://developer.hashicorp.com/nomad/docs/drivers/docker
 */
export function createDockerDriver(): TaskDriver {
  return {
    name: "docker",
    capabilities: { image: "required", filesystem: "isolated", hostPaths: true, devices: true, nodeUsers: false },
    toConfig: dockerConfig,
    explain: (events) => diagnose(events, dockerFailures),
  };
}

function dockerConfig(request: LaunchRequest, site: Site): DriverConfig {
  const written = writtenConfig("docker", request, site);
  const image: JsonObject = "image" in written ? {} : { image: checkImage(request.image) };
  const bind = sharedBind(request, site);
  const derived = { ...image, ...process(request, written), ...(bind === undefined ? {} : { volumes: [bind] }) };
  return joinConfig(derived, bind === undefined ? written : withBind(written, bind));
}

function process(request: LaunchRequest, written: JsonObject): JsonObject {
  const { command, args } = commandOf(request.argv);
  return "entrypoint" in written || "command" in written ? { command, args } : { entrypoint: [command], args };
}

/** The site's shared path, bound at its own place; undefined where a host volume or nothing brings it. */
function sharedBind(request: LaunchRequest, site: Site): string | undefined {
  if (request.sharedPath === undefined || site.shared === undefined || site.shared.volume !== undefined) return undefined;
  const { path } = site.shared;
  if (!path.includes(":")) return `${path}:${path}`;
  throw refuse("shared.path", `docker cannot bind ${path}: it contains a colon`, "Give the site's shared storage a host volume.");
}

/** Volumes that were written stay, beside the bind; a literal among interpolated strings is escaped here. */
function withBind(written: JsonObject, bind: string): JsonObject {
  const volumes: JsonValue | undefined = written["volumes"];
  return Array.isArray(volumes) ? { ...written, volumes: [escapeHcl(bind, "shared.path"), ...volumes] } : written;
}
