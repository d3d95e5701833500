import { type BlockSpec, type Field, listOf, objectOf, readBlock, text, whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { checkConstraint } from "../drivers/check-constraint.js";

const percent = whole("Percent", { most: 100, unit: "percent" });
const target: BlockSpec = { value: text("Value", { required: true }), percent };

/** `[{"value": "dc1", "percent": 70}]`, or in short `{"dc1": 70}`. */
const targets: Field<readonly JsonObject[]> = {
  nomad: "SpreadTarget",
  read(value, path) {
    if (Array.isArray(value))
      return value.map((item: JsonValue, index) => readBlock(target, item, `${path}[${index}]`));
    const shares = Object.entries(objectOf(value, path));
    return shares.map(([Value, share]) => ({ Value, Percent: percent.read(share, `${path}.${Value}`) }));
  },
};

const spread: BlockSpec = {
  attribute: text("Attribute", { required: true }),
  weight: whole("Weight", { least: 1, most: 100 }),
  targets,
  target: targets,
};

/** Over what to spread tasks: `${node.datacenter}`, racks… */
export const spreads: LaunchFeature = {
  name: "spreads",
  blocks: ["spreads"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["spreads"] === undefined) return job;
    const asked = listOf(blocks["spreads"]).map((item, index) => readSpread(item, `spreads[${index}]`));
    return { ...job, Spreads: [...(job.Spreads ?? []), ...asked] };
  },
};

function readSpread(item: JsonValue, path: string): JsonObject {
  const block = readBlock(spread, typeof item === "string" ? { attribute: item } : item, path);
  checkConstraint({ LTarget: block["Attribute"] as string, Operand: "is_set" }, path);
  const shares = ((block["SpreadTarget"] ?? []) as readonly { Percent?: number }[]).map(({ Percent = 0 }) => Percent);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum > 100) throw refuse(`${path}.targets`, `they add up to ${sum} percent`, "Let them add up to 100 at most.");
  return { Weight: 50, ...block };
}
