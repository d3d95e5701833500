import type { FeatureContext, LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job, VolumeMount, VolumeRequest } from "../core/model/job.js";
import { dockerMounts } from "./docker-mounts.js";
import { editGroup, editTask } from "./edit-job.js";
import { readVolumes, type Volume } from "./read-volume.js";

/** Host and CSI volumes, by Nomad; docker's own volumes and folders of the node, by the docker driver. */
export const volumes: LaunchFeature = {
  name: "volumes",
  after: ["shared-storage"],
  blocks: ["volumes"],
  contribute(job, context) {
    const { blocks } = context.request;
    if (blocks?.["volumes"] === undefined) return job;
    const asked = readVolumes(blocks["volumes"]);
    for (const volume of asked) checkPlace(volume, job, context);
    const ofNomad = asked.filter(({ Type }) => Type !== "docker");
    const ofDocker = asked.filter(({ Type }) => Type === "docker");
    return dockerMounts(nomadVolumes(job, ofNomad, context), ofDocker);
  },
};

/** The site's shared storage has its place already, by a volume of Nomad's or by a bind mount. */
function checkPlace({ name, Destination, Type }: Volume, job: Job, { request, site }: FeatureContext): void {
  const shared = request.sharedPath === undefined ? undefined : site.shared?.path.replace(/\/+$/, "");
  if (shared !== undefined && Destination.replace(/\/+$/, "") === shared) {
    throw refuse(
      `volumes.${name}`,
      `${shared} is where the site's shared storage is mounted`,
      "Use another destination.",
    );
  }
  if (Type === "docker" || job.TaskGroups[0].Volumes?.[name] === undefined) return;
  throw refuse(`volumes.${name}`, "the site's shared storage has this name", "Call it otherwise, and say source=.");
}

function nomadVolumes(job: Job, asked: readonly Volume[], { capabilities }: FeatureContext): Job {
  const [first] = asked;
  if (first === undefined) return job;
  if (capabilities.filesystem === "host") {
    const driver = job.TaskGroups[0].Tasks[0].Driver;
    const cure = "Use the volume's own folder there, or driver docker or exec.";
    throw refuse(`volumes.${first.name}`, `${driver} mounts no volumes: its tasks see the node's own files`, cure);
  }
  const requests = Object.fromEntries(asked.map((volume) => [volume.name, requestOf(volume)]));
  const mounted = editGroup(job, ({ Volumes }) => ({ Volumes: { ...Volumes, ...requests } }));
  return editTask(mounted, ({ VolumeMounts = [] }) => ({ VolumeMounts: [...VolumeMounts, ...asked.map(mountOf)] }));
}

function requestOf({ name, Destination: _place, PropagationMode: _mode, ...request }: Volume): VolumeRequest {
  return { Name: name, ...(request as Omit<VolumeRequest, "Name">) };
}

function mountOf({ name, Destination, ReadOnly, PropagationMode }: Volume): VolumeMount {
  return { Volume: name, Destination, ReadOnly, ...(PropagationMode !== undefined && { PropagationMode }) };
}
