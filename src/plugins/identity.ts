import { type BlockSpec, duration, flag, listOf, oneOf, readBlock, text, texts } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Task } from "../core/model/job.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { editTask } from "./edit-job.js";

/** Source: https://developer.hashicorp.com/nomad/docs/job-specification/identity */
export const identitySpec: BlockSpec = {
  name: text("Name"),
  aud: texts("Audience"),
  env: flag("Env"),
  file: flag("File"),
  filepath: text("Filepath"),
  change_mode: oneOf("ChangeMode", ["noop", "restart", "signal"]),
  change_signal: text("ChangeSignal"),
  ttl: duration("TTL"),
};

/** As whom the task speaks to Nomad and others: tokens of its own, in its environment or in files. */
export const identity: LaunchFeature = {
  name: "identity",
  blocks: ["identity"],
  contribute(job, { request: { blocks } }) {
    const asked = blocks?.["identity"];
    if (asked === undefined || asked === false) return job;
    const read = readIdentities(asked, "identity");
    return editTask(job, () => identitiesOf(read));
  },
};

/** `True` is the default identity, with its token in NOMAD_TOKEN; the rest are blocks. */
function readIdentities(asked: JsonValue, path: string): readonly JsonObject[] {
  const all = listOf(asked);
  const read = all.map((one, index) => {
    const given = one === true ? { env: true } : one;
    return withFile(readBlock(identitySpec, given, all.length > 1 ? `${path}[${index}]` : path));
  });
  const names = read.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return read;
  throw refuse(path, `two identities are called ${JSON.stringify(twice)}`, "Give each its own name.");
}

const nameOf = ({ Name = "default" }: JsonObject): string => Name as string;

/** A place for the file is a wish for the file. */
const withFile = (read: JsonObject): JsonObject =>
  read["Filepath"] === undefined || "File" in read ? read : { ...read, File: true };

/** Nomad keeps the default identity apart from the others. */
function identitiesOf(read: readonly JsonObject[]): Pick<Task, "Identity" | "Identities"> {
  const own = read.find((one) => nameOf(one) === "default");
  const Identities = read.filter((one) => one !== own);
  return {
    ...(own !== undefined && { Identity: { ...own, Name: "default" } }),
    ...(Identities.length > 0 && { Identities }),
  };
}
