import { refuse } from "../core/errors/refuse.js";
import type { Job } from "../core/model/job.js";
import { editTask } from "./edit-job.js";
import type { Volume } from "./read-volume.js";

/**
 * Adds volumes to docker's own `mount` list, beside what the user's driver_config and the site's shared storage have
 * there. A source with a slash in front is a folder of the node; the node must allow both (`volumes { enabled = true }`).
 * Nomad fills `${…}` in these texts in, as in driver_config.
 */
export function dockerMounts(job: Job, asked: readonly Volume[]): Job {
  const [first] = asked;
  if (first === undefined) return job;
  const { Driver: driver } = job.TaskGroups[0].Tasks[0];
  if (driver !== "docker") {
    const cure = "Use driver docker, or a volume of type host or csi.";
    throw refuse(`volumes.${first.name}`, `type docker needs the driver docker, and this is ${driver}`, cure);
  }
  return editTask(job, ({ Config }) => ({
    Config: { ...Config, mount: [...present(Config["mount"]), ...asked.map(mount)] },
  }));
}

/** Nomad takes one mount alone as well as a list. */
function present(mounts: unknown): readonly unknown[] {
  if (mounts === undefined || mounts === null) return [];
  return Array.isArray(mounts) ? (mounts as readonly unknown[]) : [mounts];
}

function mount({ Source, Destination, ReadOnly }: Volume): object {
  const type = Source.startsWith("/") ? "bind" : "volume";
  return { type, source: Source, target: Destination, readonly: ReadOnly };
}
