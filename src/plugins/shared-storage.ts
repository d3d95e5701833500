import { LauncherError } from "../core/errors/launcher-error.js";
import type { FeatureContext, LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job } from "../core/model/job.js";
import type { SiteShared } from "../core/model/site.js";
import { editGroup, editTask } from "./edit-job.js";

const volume = "shared";

/**
 * Makes the site's shared path visible to the task at the same place: nothing to do where the driver sees the node's
 * own files, a host volume where the site names one, else the driver's own bind mount (docker).
 */
export const sharedStorage: LaunchFeature = {
  name: "shared-storage",
  contribute(job, context) {
    const path = context.request.sharedPath;
    if (path === undefined) return job;
    const shared = checkShared(path, context);
    if (context.capabilities.filesystem === "host") return job;
    if (shared.volume !== undefined) return mount(job, shared.path, shared.volume);
    if (context.capabilities.hostPaths === true) return job;
    throw needsVolume(job.TaskGroups[0].Tasks[0].Driver, context);
  },
};

function checkShared(path: string, { site }: FeatureContext): SiteShared {
  if (site.shared === undefined || !within(path, site.shared.path)) {
    throw new LauncherError("NOMAD_E_REQUEST_SHARED", { path, site: site.name });
  }
  if (!/[${}]/.test(site.shared.path)) return site.shared;
  throw refuse("shared.path", "Nomad would replace parts of a path with $, { or }", "Use a path without them.");
}

function within(path: string, root: string): boolean {
  const base = root.replace(/\/+$/, "");
  return (path === base || path === root || path.startsWith(`${base}/`)) && !path.split("/").includes("..");
}

function mount(job: Job, path: string, source: string): Job {
  const asked = editGroup(job, (group) => ({
    Volumes: { ...group.Volumes, [volume]: { Name: volume, Type: "host", Source: source, ReadOnly: false } },
  }));
  return editTask(asked, (task) => ({
    VolumeMounts: [...(task.VolumeMounts ?? []), { Volume: volume, Destination: path, ReadOnly: false }],
  }));
}

function needsVolume(driver: string, { site }: FeatureContext): LauncherError {
  return refuse(
    "shared",
    `tasks of the driver ${driver} do not see ${site.shared?.path ?? "the shared path"} of the node`,
    `Define a host volume for it on the nodes and name it as shared.volume of site ${site.name}, or use another driver.`,
  );
}
