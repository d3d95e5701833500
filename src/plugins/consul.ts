import { type BlockSpec, readBlock, text } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { editGroup, editTask } from "./edit-job.js";

/** Source: https://developer.hashicorp.com/nomad/docs/job-specification/consul */
const consulSpec: BlockSpec = { cluster: text("Cluster"), namespace: text("Namespace"), partition: text("Partition") };

/** A Consul token for the task; namespace and partition count for the group's Consul services, too. */
export const consul: LaunchFeature = {
  name: "consul",
  blocks: ["consul"],
  contribute(job, { request: { blocks } }) {
    const asked = blocks?.["consul"];
    if (asked === undefined || asked === false) return job;
    const given = typeof asked === "string" ? { cluster: asked } : asked === true ? {} : asked;
    const Consul = readBlock(consulSpec, given, "consul");
    return editTask(
      editGroup(job, () => ({ Consul })),
      () => ({ Consul }),
    );
  },
};
