import { whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import { editTask } from "./edit-job.js";

const megabytes = whole("shared_memory", { least: 1, unit: "MB" });

/** `/dev/shm` in MB. Of Nomad's own drivers docker alone has it; the others' tasks see what the node has. */
export const sharedMemory: LaunchFeature = {
  name: "shared-memory",
  blocks: ["shared_memory"],
  contribute(job, { request: { blocks, driverConfig } }) {
    if (blocks?.["shared_memory"] === undefined) return job;
    const size = megabytes.read(blocks["shared_memory"], "shared_memory");
    const { Driver: driver } = job.TaskGroups[0].Tasks[0];
    if (driver !== "docker") {
      const cure = "Use driver docker, leave it out, or write that driver's own option into driver_config.";
      throw refuse("shared_memory", `only the driver docker takes it, and this is ${driver}`, cure);
    }
    if (driverConfig?.["shm_size"] !== undefined) {
      throw refuse("shared_memory", "driver_config.shm_size says it too", "Keep one of the two.");
    }
    return editTask(job, ({ Config }) => ({ Config: { ...Config, shm_size: size * 1024 * 1024 } }));
  },
};
