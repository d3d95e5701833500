import { type BlockSpec, duration, flag, oneOf, readBlock, whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import type { JsonValue } from "../core/model/json.js";
import { editGroup } from "./edit-job.js";

const spec: BlockSpec = {
  attempts: whole("Attempts"),
  interval: duration("Interval", { least: "5s" }),
  delay: duration("Delay"),
  mode: oneOf("Mode", ["fail", "delay"]),
  render_templates: flag("RenderTemplates"),
};

/** How often Nomad starts a failed task again on its node; never, unless the user says so. A number alone counts as `attempts`. */
export const restart: LaunchFeature = {
  name: "restart",
  after: ["run-once"],
  blocks: ["restart"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["restart"] === undefined) return job;
    const asked = readBlock(spec, attemptsOf(blocks["restart"]), "restart");
    return editGroup(job, () => ({ RestartPolicy: { Attempts: 1, Mode: "fail", ...asked } }));
  },
};

/** A number alone, in a block that counts attempts. */
export function attemptsOf(value: JsonValue): JsonValue {
  return typeof value === "number" ? { attempts: value } : value;
}
