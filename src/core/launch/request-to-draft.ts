import type { DeviceProvider } from "../contracts/device-provider.js";
import type { TaskDriver } from "../contracts/task-driver.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { Job, RequestedDevice, Resources, Task } from "../model/job.js";
import type { DeviceAsk, LaunchRequest } from "../model/launch-request.js";
import type { Site } from "../model/site.js";
import { configOf } from "./driver-part.js";

/** Name of the group and of its main task in every job; it appears in log file names and in `nomad alloc logs`. */
export const mainTask = "main";

/** A job before the features have contributed, with what they need to know. */
export interface Draft {
  readonly request: LaunchRequest;
  readonly site: Site;
  readonly driver: TaskDriver;
  /** Any other driver by name, for the tasks around the main one. */
  readonly driverOf: (name: string) => TaskDriver;
  readonly job: Job;
}

/** What the host's plugins registered, by name. */
export interface Parts {
  readonly drivers: ReadonlyMap<string, TaskDriver>;
  readonly devices: readonly DeviceProvider[];
  /** Takes any driver no plugin knows; its `driver_config` is passed on as it is. */
  readonly otherDriver?: (name: string) => TaskDriver;
}

/** First stage: fills in the site's defaults, picks the driver, and lets it write its part of the task. */
export function requestToDraft(asked: LaunchRequest, site: Site, parts: Parts): Draft {
  const driver = pickDriver(asked.driver ?? usualDriver(asked, site), parts);
  const request = withDefaults(asked, site, driver);
  const resources = toResources(request, site, driver, parts);
  const job = bareJob(request, driver.name, configOf(driver, request, site), resources);
  return { request, site, driver, driverOf: (name) => pickDriver(name, parts), job };
}

function usualDriver({ image }: LaunchRequest, { driver, driverWithoutImage = driver }: Site): string {
  return image === undefined ? driverWithoutImage : driver;
}

/** The driver of that name, or the one that takes any. */
export function pickDriver(name: string, parts: Parts): TaskDriver {
  const driver = parts.drivers.get(name) ?? parts.otherDriver?.(name);
  if (driver !== undefined) return driver;
  throw new LauncherError("NOMAD_E_REQUEST_DRIVER", { driver: name, known: [...parts.drivers.keys()].join(", ") });
}

function withDefaults(request: LaunchRequest, site: Site, driver: TaskDriver): LaunchRequest {
  const { defaults } = site;
  const { cores, cpu = cores === undefined ? defaults.cpu : undefined, memory = defaults.memory } = request.resources;
  const disk = request.resources.disk ?? defaults.disk;
  const image = driver.capabilities.image === "none" ? undefined : (request.image ?? defaults.image);
  const { image: _asked, ...rest } = request;
  return {
    ...rest,
    ...(image !== undefined && { image }),
    timeoutSeconds: request.timeoutSeconds ?? defaults.timeoutMinutes * 60,
    resources: { ...request.resources, memory, ...(cpu !== undefined && { cpu }), ...(disk !== undefined && { disk }) },
    placement: { ...placementDefaults(site), ...request.placement },
  };
}

function placementDefaults({ defaults, region }: Site): LaunchRequest["placement"] {
  const { namespace, datacenters, nodePool, priority } = defaults;
  return {
    namespace,
    ...(region !== undefined && { region }),
    ...(datacenters !== undefined && { datacenters }),
    ...(nodePool !== undefined && { nodePool }),
    ...(priority !== undefined && { priority }),
  };
}

function toResources(request: LaunchRequest, site: Site, driver: TaskDriver, parts: Parts): Resources {
  const { cpu, cores, memory = site.defaults.memory, memoryMax, gpu } = request.resources;
  return {
    MemoryMB: memory,
    ...(cores === undefined ? { CPU: Math.max(1, Math.round(cpu ?? site.defaults.cpu)) } : { Cores: cores }),
    ...(memoryMax !== undefined && { MemoryMaxMB: memoryMax }),
    ...(gpu !== undefined && { Devices: toDevices(gpu, site, driver, parts) }),
  };
}

function toDevices(ask: DeviceAsk, site: Site, driver: TaskDriver, parts: Parts): readonly RequestedDevice[] {
  const device = ask.device ?? site.gpu.device;
  const refuse = (problem: string, cure: string) =>
    new LauncherError("NOMAD_E_REQUEST_DEVICE", { device, problem, cure });
  if (!driver.capabilities.devices)
    throw refuse(`driver ${driver.name} passes no devices to its tasks`, "Use driver docker or exec.");
  const provider = parts.devices.find((candidate) => candidate.claims(device));
  if (provider === undefined)
    throw refuse("no plugin knows this kind of device", "Write it as vendor/type, e.g. nvidia/gpu.");
  return provider.toDevices({ ...ask, device });
}

function bareJob(request: LaunchRequest, driver: string, Config: Task["Config"], resources: Resources): Job {
  const task = { Name: mainTask, Driver: driver, Config, Resources: resources };
  return {
    ID: request.jobId,
    Name: request.jobName ?? request.jobId,
    Type: "batch",
    Namespace: request.placement.namespace ?? "default",
    TaskGroups: [
      {
        Name: mainTask,
        Count: 1,
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Tasks: [task],
      },
    ],
  };
}
