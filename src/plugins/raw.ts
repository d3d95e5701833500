import { objectOf } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { nearest } from "../core/errors/nearest.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job, Task, TaskGroup } from "../core/model/job.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { requestMark } from "../core/model/request-mark.js";

type Part = "task" | "group" | "job";

/** What the launcher itself goes by, or what has an attribute that does more than set a field. */
const ours: Readonly<Record<Part, Readonly<Record<string, string>>>> = {
  task: { Name: "The launcher finds the task by its name.", Lifecycle: "The step is the main task." },
  group: {
    Name: "The launcher finds the group by its name.",
    Count: "One attempt is one allocation; use foreach, or num_parallel, for more.",
    Tasks: "Use raw.task for the main task, prestart, poststart, poststop or sidecars for others.",
  },
  job: {
    ID: "The launcher finds the job by it.",
    Type: "A step is a batch job.",
    Namespace: "Use namespace=.",
    Region: "Use region=.",
    TaskGroups: "Use raw.group and raw.task.",
    ParameterizedJob: "A step runs once, when it is submitted.",
    Periodic: "A step runs once, when it is submitted.",
  },
};

/** The escape hatch: JSON merge patches (RFC 7396), in Nomad's JSON names, on the finished task, group and job. */
export const raw: LaunchFeature = {
  name: "raw",
  last: true,
  blocks: ["raw"],
  contribute(job, { request: { blocks } }) {
    const asked = blocks?.["raw"];
    if (asked === undefined) return job;
    const patches = readPatches(asked);
    const [group] = job.TaskGroups;
    const [main, ...others] = group.Tasks;
    const task = mergePatch(main, patches.task) as unknown as Task;
    const Tasks: TaskGroup["Tasks"] = [task, ...others];
    return {
      ...(mergePatch(job, patches.job) as unknown as Job),
      TaskGroups: [{ ...(mergePatch(group, patches.group) as unknown as TaskGroup), Tasks }],
    };
  },
};

/** Source: https://www.rfc-editor.org/rfc/rfc7396 */
export function mergePatch(target: unknown, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const before: JsonObject = isObject(target) ? target : {};
  const kept = Object.entries(before).filter(([key]) => patch[key] !== null);
  const patched = Object.entries(patch).flatMap(([key, value]) =>
    value === null ? [] : [[key, mergePatch(before[key], value)] as const],
  );
  return Object.fromEntries([...kept, ...patched]);
}

function readPatches(asked: JsonValue): Readonly<Record<Part, JsonObject>> {
  const given = objectOf(asked, "raw");
  for (const part of Object.keys(given)) checkPart(part);
  const read = (part: Part): JsonObject => {
    const patch = objectOf(given[part] ?? {}, `raw.${part}`);
    for (const key of Object.keys(patch)) checkKey(part, key);
    checkMark(part, patch);
    return patch;
  };
  return { task: read("task"), group: read("group"), job: read("job") };
}

function checkPart(part: string): void {
  if (part in ours) return;
  const like = nearest(part, Object.keys(ours));
  throw refuse(
    "raw",
    `there is no part ${JSON.stringify(part)}`,
    `${like ? `Did you mean ${like}? ` : ""}It patches task, group or job.`,
  );
}

function checkKey(part: Part, key: string): void {
  const path = `raw.${part}.${key}`;
  // Go finds a field whatever the case of its name; a name of HCL's would be dropped without a word.
  const owner = Object.keys(ours[part]).find((name) => name.toLowerCase() === key.toLowerCase());
  if (owner !== undefined) throw refuse(path, "it may not be patched", ours[part][owner] ?? "");
  if (/^[A-Z][A-Za-z]*$/.test(key)) return;
  const name = key.replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  throw refuse(
    path,
    "it is none of Nomad's JSON names",
    `Write it as in Nomad's JSON, probably ${name}; durations in nanoseconds.`,
  );
}

/** By this meta key the launcher knows its own job again after a crash. */
function checkMark(part: Part, patch: JsonObject): void {
  const meta = Object.entries(patch).find(([key]) => key.toLowerCase() === "meta")?.[1];
  if (part !== "job" || meta === undefined || (isObject(meta) && !(requestMark in meta))) return;
  throw refuse("raw.job.Meta", `${requestMark} is the launcher's own`, "Patch other keys of Meta.");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
