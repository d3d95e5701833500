import { type BlockSpec, duration, flag, oneOf, readBlock, whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { ReschedulePolicy } from "../core/model/job.js";
import type { JsonValue } from "../core/model/json.js";
import { editGroup } from "./edit-job.js";
import { attemptsOf } from "./restart.js";

const spec: BlockSpec = {
  attempts: whole("Attempts"),
  interval: duration("Interval", { least: "15s" }),
  delay: duration("Delay", { least: "5s" }),
  delay_function: oneOf("DelayFunction", ["constant", "exponential", "fibonacci"]),
  max_delay: duration("MaxDelay", { least: "5s" }),
  unlimited: flag("Unlimited"),
};

/**
 * How often Nomad places a failed task anew, on whatever node; never, unless the user says so. A number alone counts as
 * `attempts`. What is left out is Nomad's default for batch jobs: after 5 s, within 24 h.
 */
export const reschedule: LaunchFeature = {
  name: "reschedule",
  after: ["run-once"],
  blocks: ["reschedule"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["reschedule"] === undefined) return job;
    const policy = policyOf(blocks["reschedule"]);
    return editGroup(job, () => ({ ReschedulePolicy: policy }));
  },
};

function policyOf(value: JsonValue): ReschedulePolicy {
  const asked: Partial<ReschedulePolicy> = readBlock(spec, attemptsOf(value), "reschedule");
  if (asked.Unlimited !== true) return { Attempts: 1, Unlimited: false, ...asked };
  if ((asked.Attempts ?? 0) === 0) return { ...asked, Attempts: 0, Unlimited: true };
  throw refuse("reschedule", "attempts and unlimited exclude each other", "Keep one of the two.");
}
