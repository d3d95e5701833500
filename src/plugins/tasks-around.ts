import { listOf } from "../core/blocks/index.js";
import type { FeatureContext, LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job, Task } from "../core/model/job.js";
import type { JsonValue } from "../core/model/json.js";
import { editGroup, editTask } from "./edit-job.js";
import { readTask } from "./read-task.js";

type Hook = NonNullable<Task["Lifecycle"]>;

/** Attribute -> when its tasks run. A sidecar starts before the step and lasts as long as it does. */
const hooks: Readonly<Record<string, Hook>> = {
  prestart: { Hook: "prestart", Sidecar: false },
  sidecars: { Hook: "prestart", Sidecar: true },
  poststart: { Hook: "poststart", Sidecar: false },
  poststop: { Hook: "poststop", Sidecar: false },
};

/**
 * Tasks around the step, in the same allocation. The step's task leads: when it ends, Nomad ends the others, and then runs
 * the `poststop` ones. Source: https://developer.hashicorp.com/nomad/docs/job-specification/lifecycle
 */
export const tasksAround: LaunchFeature = {
  name: "tasks-around",
  after: ["disk", "logs"],
  blocks: Object.keys(hooks),
  contribute(job, context) {
    const others = Object.keys(hooks).flatMap((block) => tasksOf(block, job, context));
    if (others.length === 0) return job;
    checkNames([...job.TaskGroups[0].Tasks, ...others]);
    const joined = editGroup(job, ({ Tasks: [main, ...before] }) => ({ Tasks: [main, ...before, ...others] }));
    return editTask(joined, () => ({ Leader: true }));
  },
};

function tasksOf(block: string, job: Job, context: FeatureContext): readonly Task[] {
  const asked = context.request.blocks?.[block];
  const Lifecycle = hooks[block];
  if (asked === undefined || Lifecycle === undefined) return [];
  const all: readonly JsonValue[] = listOf(asked);
  return all.map((one, index) => {
    const path = all.length > 1 ? `${block}[${index}]` : block;
    const usual = block === "sidecars" ? "sidecar" : block;
    const name = index === 0 ? usual : `${usual}-${index + 1}`;
    return { ...readTask(one, path, name, job, context), Lifecycle };
  });
}

function checkNames(tasks: readonly Task[]): void {
  const names = tasks.map(({ Name }) => Name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  const own = twice === names[0] ? "the step's own task is called so" : "two tasks are called so";
  throw refuse(`the task name ${JSON.stringify(twice)}`, own, "Give each task around the step a name of its own.");
}
