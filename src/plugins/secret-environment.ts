import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import { longestJobIdWithSecrets, secretVariablePath } from "../core/model/secret-variable.js";
import type { Template } from "../core/model/job.js";
import { editTask } from "./edit-job.js";
import { checkEntry, checkTemplateEntry } from "./env-file.js";

/** Nomad's limit for all keys and values of one variable (nomad/structs/variables.go, `maxVariableSize`). */
const largestVariable = 65_536;

const why = "a secret reaches the task through a template";

/**
 * Environment that whoever may read jobs cannot read: the job's own Nomad variable, rendered on the node. The launcher
 * writes that variable before it registers the job and deletes it afterwards. The task reads it by its workload
 * identity, with ACLs on or off; no other user of the node can read the rendered file.
 */
export const secretEnvironment: LaunchFeature = {
  name: "secret-environment",
  after: ["environment"],
  contribute(job, { request }) {
    const entries = Object.entries(request.secretEnv);
    if (entries.length === 0) return job;
    checkSecrets(entries);
    const template = secretTemplate(checkPath(job.ID), Object.keys(request.secretEnv));
    return editTask(job, (task) => ({ Templates: [...(task.Templates ?? []), template] }));
  },
};

function checkSecrets(entries: readonly [string, string][]): void {
  for (const [name, value] of entries) {
    checkEntry(name, value);
    checkTemplateEntry(name, goJson(value), why);
  }
  const size = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
  if (size <= largestVariable) return;
  throw refuse(
    "secret env",
    `it has ${size} bytes; a Nomad variable holds ${largestVariable}`,
    "Fetch large secrets in the task.",
  );
}

function checkPath(jobId: string): string {
  const path = secretVariablePath(jobId);
  if (path !== undefined) return path;
  throw refuse(
    `the job ID ${JSON.stringify(jobId)}`,
    "a job with secrets needs an ID that Nomad also accepts as a variable's path",
    `Use at most ${longestJobIdWithSecrets} of the characters A-Z a-z 0-9 - _ ~ /.`,
  );
}

function secretTemplate(path: string, names: readonly string[]): Template {
  // `.Value | toJSON`: an item's own JSON form is Go's %q, which is not JSON.
  const lines = names.map((name) => `${name}={{ (index . "${name}").Value | toJSON }}\n`);
  return {
    EmbeddedTmpl: `{{ with nomadVar "${path}" }}${lines.join("")}{{ end }}`,
    DestPath: "secrets/metaflow-nomad.env",
    ChangeMode: "noop",
    Envvars: true,
    Perms: "0600",
  };
}

/** As long as Go's JSON of the value, at most: Go also escapes these. */
function goJson(value: string): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]|\\[bfnrt]/g, "\\u0000");
}
