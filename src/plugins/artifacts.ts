import { type BlockSpec, flag, listOf, oneOf, readBlock, text, textMap } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { editTask } from "./edit-job.js";

const spec: BlockSpec = {
  source: text("GetterSource", { required: true }),
  destination: text("RelativeDest"),
  mode: oneOf("GetterMode", ["any", "file", "dir"]),
  options: textMap("GetterOptions"),
  headers: textMap("GetterHeaders"),
  insecure: flag("GetterInsecure"),
  chown: flag("Chown"),
};

/** Files the node fetches before the step starts; a text alone is a source. */
export const artifacts: LaunchFeature = {
  name: "artifacts",
  blocks: ["artifacts"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["artifacts"] === undefined) return job;
    const asked = readArtifacts(blocks["artifacts"]);
    return editTask(job, ({ Artifacts = [] }) => ({ Artifacts: [...Artifacts, ...asked] }));
  },
};

/** The artifacts of any task. */
export const readArtifacts = (value: JsonValue): readonly JsonObject[] =>
  listOf(value).map((item, index) => readBlock(spec, full(item), `artifacts[${index}]`));

const full = (item: JsonValue): JsonValue => (typeof item === "string" ? { source: item } : item);
