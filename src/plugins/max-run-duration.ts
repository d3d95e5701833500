import { durationOf } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import { editGroup } from "./edit-job.js";

/** Nomad's own limit of a run, from Nomad 2.0 on; `timeout_minutes` is the launcher's, on any version. */
export const maxRunDuration: LaunchFeature = {
  name: "max-run-duration",
  blocks: ["max_run_duration"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["max_run_duration"] === undefined) return job;
    const limit = durationOf(blocks["max_run_duration"], "max_run_duration");
    if (limit > 0) return editGroup(job, () => ({ MaxRunDuration: limit }));
    throw refuse("max_run_duration", "0 would end the task at once", 'Write it like "90m", or leave it out.');
  },
};
