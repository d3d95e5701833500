import { type BlockSpec, flag, readBlock, whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job, Task } from "../core/model/job.js";
import { editTask } from "./edit-job.js";

const spec: BlockSpec = {
  max_files: whole("MaxFiles", { least: 1 }),
  max_file_size: whole("MaxFileSizeMB", { least: 1, unit: "MB" }),
  disabled: flag("Disabled"),
};
type LogConfig = NonNullable<Task["LogConfig"]>;

/** Nomad's own: ten files of 10 MB for each stream, on a disk of 300 MB. */
const nomads: LogConfig = { MaxFiles: 10, MaxFileSizeMB: 10 };
const nomadsDisk = 300;

/** How much of each output stream Nomad keeps on the node; over what `disk` derived from the ephemeral disk. */
export const logs: LaunchFeature = {
  name: "logs",
  after: ["disk"],
  blocks: ["logs"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["logs"] === undefined) return job;
    const { Disabled: disabled, ...asked } = readBlock(spec, blocks["logs"], "logs");
    if (disabled === true) {
      throw refuse("logs.disabled", "the output of a step is read from Nomad's logs", "Leave it out.");
    }
    const sized: LogConfig = { ...nomads, ...job.TaskGroups[0].Tasks[0].LogConfig, ...asked };
    checkFits(sized, job);
    return editTask(job, () => ({ LogConfig: sized }));
  },
};

/** Nomad refuses log files that together are not smaller than the disk (nomad/structs/structs.go, `LogConfig.Validate`). */
function checkFits({ MaxFiles, MaxFileSizeMB }: LogConfig, job: Job): void {
  const disk = job.TaskGroups[0].EphemeralDisk?.SizeMB ?? nomadsDisk;
  const size = MaxFiles * MaxFileSizeMB;
  if (size < disk) return;
  throw refuse(
    "logs",
    `${MaxFiles} files of ${MaxFileSizeMB} MB are ${size} MB, and the ephemeral disk has ${disk} MB`,
    `Ask for fewer or smaller files, or for disk=${size + 1} or more.`,
  );
}
