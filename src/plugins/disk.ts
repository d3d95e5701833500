import type { LaunchFeature } from "../core/contracts/feature.js";
import type { Task } from "../core/model/job.js";
import { editGroup, editTask } from "./edit-job.js";
import { whole } from "./resources.js";

/** Least ephemeral disk Nomad accepts, in MB (nomad/structs/structs.go, `EphemeralDisk.Validate`). */
const leastDisk = 10;
/** What Nomad keeps of each stream by default: 10 files of 10 MB. */
const mostLogs = 100;
/** 100,000 lines of a hundred bytes and a line of 1 MB, with room for one rotation. */
const usefulLogs = 20;

/**
 * Ephemeral disk in MB, and logs that fit: Nomad refuses a disk that is not larger than the log files together. A disk
 * left out is Nomad's own 300 MB with its own log files.
 */
export const disk: LaunchFeature = {
  name: "disk",
  contribute(job, { request, site }) {
    const asked = request.resources.disk ?? site.defaults.disk;
    if (asked === undefined) return job;
    const size = whole("disk", asked, leastDisk, "MB");
    const sized = editGroup(job, () => ({ EphemeralDisk: { SizeMB: size } }));
    return size > mostLogs * 2 ? sized : editTask(sized, () => ({ LogConfig: logsWithin(size) }));
  },
};

/** Half of the disk for each stream's logs, at least what is useful, always less than the disk. */
function logsWithin(size: number): NonNullable<Task["LogConfig"]> {
  const budget = Math.min(mostLogs, Math.max(Math.floor(size / 2), usefulLogs), size - 1);
  const MaxFileSizeMB = Math.max(1, Math.min(10, Math.floor(budget / 4)));
  return { MaxFiles: Math.floor(budget / MaxFileSizeMB), MaxFileSizeMB };
}
