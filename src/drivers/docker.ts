import type { DriverConfig, TaskDriver } from "../core/contracts/task-driver.js";
import { refuse } from "../core/errors/refuse.js";
import type { JsonObject } from "../core/model/json.js";
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
    capabilities: {
      image: "required",
      filesystem: "isolated",
      hostPaths: true,
      devices: true,
      nodeUsers: false,
      publishesPorts: true,
      containerUsers: true,
    },
    toConfig: dockerConfig,
    explain: (events) => diagnose(events, dockerFailures),
  };
}

function dockerConfig(request: LaunchRequest, site: Site): DriverConfig {
  const written = writtenConfig("docker", request, site);
  const image: JsonObject = "image" in written ? {} : { image: checkImage(request.image) };
  return joinConfig({ ...image, ...process(request, written), ...binds(request, site, written) }, written);
}

function process(request: LaunchRequest, written: JsonObject): JsonObject {
  const { command, args } = commandOf(request.argv);
  return "entrypoint" in written || "command" in written ? { command, args } : { entrypoint: [command], args };
}

/** A request has one of the two: the one is for storage that is shared, the other for storage that is not. */
const binds = (request: LaunchRequest, site: Site, written: JsonObject): JsonObject =>
  request.packageCache === true ? cacheBind(site, written) : sharedBind(request, site, written);

/** By `volumes`: docker makes the folder where it is missing. Beside volumes of the user's own, the task does without. */
function cacheBind({ packageCache }: Site, written: JsonObject): JsonObject {
  if (packageCache === undefined || packageCache.volume !== undefined || "volumes" in written) return {};
  return { volumes: [`${packageCache.path}:${packageCache.path}`] };
}

/**
 * The site's shared path, bound at its own place, where no host volume brings it. A `mount` rather than `volumes`:
 * docker makes a missing folder of the latter by itself, and the task would find an empty one.
 */
function sharedBind(request: LaunchRequest, { shared }: Site, written: JsonObject): JsonObject {
  if (request.sharedPath === undefined || shared === undefined || shared.volume !== undefined) return {};
  const { path } = shared;
  if (!("mount" in written)) return { mount: [{ type: "bind", source: path, target: path, readonly: false }] };
  if (!("volumes" in written) && !path.includes(":")) return { volumes: [`${path}:${path}`] };
  throw refuse(
    "driver_config",
    `${path} cannot be bound beside your own mount and volumes`,
    "Give the site's shared storage a host volume (shared.volume), or bind it there yourself.",
  );
}
