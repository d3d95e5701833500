import type { LaunchFeature } from "../core/contracts/feature.js";
import type { Job } from "../core/model/job.js";
import type { SitePackageCache } from "../core/model/site.js";
import { editGroup, editTask } from "./edit-job.js";
import { environmentOf } from "./environment.js";

const volume = "package-cache";

/**
 * Shows tasks that fetch a code package the folder of their node where packages are kept. A driver that sees no path of
 * the node, and has no host volume for it, gets nothing: its tasks fetch the package, as all do without such a folder.
 */
export const packageCache: LaunchFeature = {
  name: "package-cache",
  contribute(job, { request, site, capabilities }) {
    const cache = site.packageCache;
    if (request.packageCache !== true || cache === undefined) return job;
    if (capabilities.filesystem === "host") return told(job, cache);
    if (cache.volume !== undefined) return told(mount(job, cache.path, cache.volume), cache);
    return capabilities.hostPaths === true ? told(job, cache) : job;
  },
};

function told(job: Job, { path, keepDays = 14 }: SitePackageCache): Job {
  const env = { METAFLOW_NOMAD_PACKAGE_CACHE: path, METAFLOW_NOMAD_PACKAGE_CACHE_DAYS: String(keepDays) };
  return editTask(job, (task) => environmentOf(task, env));
}

function mount(job: Job, path: string, source: string): Job {
  const asked = editGroup(job, (group) => ({
    Volumes: { ...group.Volumes, [volume]: { Name: volume, Type: "host", Source: source, ReadOnly: false } },
  }));
  return editTask(asked, (task) => ({
    VolumeMounts: [...(task.VolumeMounts ?? []), { Volume: volume, Destination: path, ReadOnly: false }],
  }));
}
