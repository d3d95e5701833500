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
    return editTask(job, (task) => environmentOf(task, request.env, request.nomadEnv));
  },
};

/**
 * A task's environment, added to what it has.
 * @param env - Values passed byte for byte.
 * @param nomadEnv - Values Nomad is to fill in.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function environmentOf(
  task: Pick<Task, "Env" | "Templates">,
  env: Readonly<Record<string, string>>,
  nomadEnv: Readonly<Record<string, string>> = {},
): Partial<Task> {
  const entries = Object.entries(env);
  for (const [name, value] of [...entries, ...Object.entries(nomadEnv)]) checkEntry(name, value);
  const risky = entries.filter(([, value]) => replaced.test(value));
  const plain = Object.fromEntries(entries.filter(([, value]) => !replaced.test(value)));
  const all = { ...task.Env, ...plain, ...nomadEnv };
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
