import type { LaunchFeature } from "../core/contracts/feature.js";
import type { Task, Template } from "../core/model/job.js";
import { editTask } from "./edit-job.js";
import { checkEntry, checkTemplateEntry, quoteValue } from "./env-file.js";

/**
 * What Nomad's client replaces in `Env` values when it knows the name, without any escape
 * (helper/args/args.go, `envRe`; client/taskenv/env.go, `buildEnv`). Which names it knows depends on the node.
 */
const replaced = /\$\{[a-zA-Z0-9_\-.]+\}/;

const why = "a value with ${…} reaches the task through a template";

/** The task's environment, byte for byte: plain `Env`, and a template for the values Nomad might change. */
export const environment: LaunchFeature = {
  name: "environment",
  contribute(job, { request }) {
    const entries = Object.entries(request.env);
    for (const [name, value] of [...entries, ...Object.entries(request.nomadEnv)]) checkEntry(name, value);
    const plain = Object.fromEntries(entries.filter(([, value]) => !replaced.test(value)));
    const risky = entries.filter(([, value]) => replaced.test(value));
    return editTask(job, (task) => withEnvironment(task, { ...plain, ...request.nomadEnv }, risky));
  },
};

function withEnvironment(task: Task, env: Record<string, string>, risky: readonly [string, string][]): Partial<Task> {
  const all = { ...task.Env, ...env };
  return {
    ...(Object.keys(all).length === 0 ? {} : { Env: all }),
    ...(risky.length === 0 ? {} : { Templates: [...(task.Templates ?? []), literalTemplate(risky)] }),
  };
}

function literalTemplate(entries: readonly [string, string][]): Template {
  const text = entries.map(([name, value]) => line(name, value)).join("");
  return {
    EmbeddedTmpl: text,
    DestPath: "local/metaflow-nomad.env",
    ChangeMode: "noop",
    Envvars: true,
    ...delimiters(text),
  };
}

function line(name: string, value: string): string {
  const written = quoteValue(value);
  checkTemplateEntry(name, written, why);
  return `${name}=${written}\n`;
}

/** Delimiters the text does not hold, so that no part of it is an action. */
function delimiters(text: string): Pick<Template, "LeftDelim" | "RightDelim"> {
  let number = 0;
  while (text.includes(`<<metaflow-nomad:${number}<<`)) number += 1;
  return { LeftDelim: `<<metaflow-nomad:${number}<<`, RightDelim: `>>metaflow-nomad:${number}>>` };
}
