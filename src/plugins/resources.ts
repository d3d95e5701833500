import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Resources } from "../core/model/job.js";
import type { ResourceAsk } from "../core/model/launch-request.js";
import type { SiteDefaults } from "../core/model/site.js";
import { editTask } from "./edit-job.js";

/** Least memory Nomad lets a task ask for, in MB (nomad/structs/structs.go, `MinResources`). */
const leastMemory = 10;

/** CPU or cores, memory and its ceiling; devices stay as the pipeline put them. */
export const resources: LaunchFeature = {
  name: "resources",
  contribute: (job, { request, site }) =>
    editTask(job, ({ Resources: { Devices } }) => ({
      Resources: { ...resourcesOf(request.resources, site.defaults), ...(Devices === undefined ? {} : { Devices }) },
    })),
};

function resourcesOf(ask: ResourceAsk, defaults: SiteDefaults): Resources {
  const memory = whole("memory", ask.memory ?? defaults.memory, leastMemory, "MB");
  return { ...processor(ask, defaults), MemoryMB: memory, ...ceiling(ask.memoryMax, memory) };
}

function processor(ask: ResourceAsk, defaults: SiteDefaults): Pick<Resources, "CPU" | "Cores"> {
  if (ask.cores === undefined) return { CPU: whole("cpu", ask.cpu ?? defaults.cpu, 1, "MHz") };
  if (ask.cpu === undefined) return { Cores: whole("cores", ask.cores, 1, "cores") };
  throw refuse("cpu and cores", "Nomad takes one of the two", "Give cpu= in MHz, or cores= as whole reserved cores.");
}

function ceiling(memoryMax: number | undefined, memory: number): Pick<Resources, "MemoryMaxMB"> {
  if (memoryMax === undefined) return {};
  const value = whole("memory_max", memoryMax, 1, "MB");
  if (value >= memory) return { MemoryMaxMB: value };
  throw refuse("memory_max", `${value} MB is below memory, ${memory} MB`, "Make it at least as large as memory.");
}

/** A whole number within what Nomad's Go `int` and any machine can hold. */
export function whole(field: string, value: number, least: number, unit: string): number {
  if (Number.isInteger(value) && value >= least && value <= 2_147_483_647) return value;
  throw refuse(field, `${value} is not possible`, `Give a whole number of ${unit}, at least ${least}.`);
}
