import { type BlockSpec, oneOf, readBlocks, text, whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { JsonObject } from "../core/model/json.js";
import { checkConstraint } from "../drivers/check-constraint.js";

/** Nomad's own list (nomad/structs/structs.go, `Affinity.Validate`): no `distinct_*`, no `is_set`. */
const operators = ["=", "==", "is", "!=", "not", "<", "<=", ">", ">=", "regexp", "version", "semver"];
const setOperators = ["set_contains", "set_contains_all", "set_contains_any"];

const affinity: BlockSpec = {
  attribute: text("LTarget", { required: true }),
  operator: oneOf("Operand", [...operators, ...setOperators]),
  value: text("RTarget", { required: true }),
  weight: whole("Weight", { least: -100, most: 100 }),
};

/** Which nodes to prefer, or to avoid with a negative weight. */
export const affinities: LaunchFeature = {
  name: "affinities",
  blocks: ["affinities"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["affinities"] === undefined) return job;
    const asked = readBlocks(affinity, blocks["affinities"], "affinities").map(checkAffinity);
    return { ...job, Affinities: [...(job.Affinities ?? []), ...asked] };
  },
};

function checkAffinity(block: JsonObject, index: number): JsonObject {
  const field = `affinities[${index}]`;
  const found = { Operand: "=", Weight: 50, ...block };
  if (found.Weight === 0) {
    throw refuse(`${field}.weight`, "0 prefers nothing", "Use 1 to 100, or -1 to -100 for nodes to avoid.");
  }
  checkConstraint(found, field);
  return found;
}
