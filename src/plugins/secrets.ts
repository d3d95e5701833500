import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Template } from "../core/model/job.js";
import { parseReference, type SecretReference } from "../core/model/secret-reference.js";
import { editTask } from "./edit-job.js";
import { checkTemplateEntry } from "./env-file.js";

type OnNode = Extract<SecretReference, { key: string }>;

/**
 * Secrets that the node reads, by the task's own identity: `nomad:path#key` and `vault:path#key`. Those of the submitter's
 * side (`env:`, `file:`) have become secret environment before (core/launch/resolve-secrets.ts).
 */
export const secrets: LaunchFeature = {
  name: "secrets",
  after: ["secret-environment", "vault"],
  contribute(job, { request }) {
    const asked = Object.entries(request.secrets ?? {}).map(
      ([name, text]) => [name, readReference(name, text)] as const,
    );
    const onNode = asked.filter((one): one is readonly [string, OnNode] => "key" in one[1]);
    if (onNode.length === 0) return job;
    for (const [name, { kind }] of onNode) {
      checkTemplateEntry(name, "", "a secret reaches the task through a template");
      if (kind === "vault" && job.TaskGroups[0].Tasks[0].Vault === undefined) throw withoutVault(name);
    }
    return editTask(job, (task) => ({ Templates: [...(task.Templates ?? []), templateOf(onNode)] }));
  },
};

function readReference(name: string, text: string): SecretReference {
  const reference = parseReference(text);
  if (reference !== undefined) return reference;
  throw refuse(
    `secrets.${name}`,
    "it is no reference (what stands there is not shown: it may be the secret)",
    "Write env:NAME, file:/absolute/path, nomad:path#key or vault:path#key.",
  );
}

function withoutVault(name: string): Error {
  return refuse(
    `secrets.${name}`,
    "the task has no access to Vault",
    'Add vault="ROLE" (or true for the default role).',
  );
}

function templateOf(entries: readonly (readonly [string, OnNode])[]): Template {
  return {
    EmbeddedTmpl: entries.map(([name, reference]) => lineOf(name, reference)).join(""),
    DestPath: "secrets/metaflow-nomad-references.env",
    ChangeMode: "noop",
    Envvars: true,
    Perms: "0600",
  };
}

/**
 * One line of the environment file. A key that is not there ends the task with a sentence: `parseInt` is there for the
 * sentence alone, for it fails and repeats what it was given. A path that is not there is waited for, as Nomad does, and
 * the launcher says so.
 */
function lineOf(name: string, { kind, path, key }: OnNode): string {
  const [place, item] = [quote(path), quote(key)];
  if (kind === "nomad") {
    // An item that is not there is an empty one: it has no key.
    const value = `{{ if $item.Key }}${name}={{ $item.Value | toJSON }}\n`;
    const missing = fail(`the Nomad variable ${path} has nothing under ${key}`);
    return `{{ with nomadVar ${place} }}{{ $item := index . ${item} }}${value}{{ else }}${missing}{{ end }}{{ end }}`;
  }
  // Version 2 of Vault's key-value store has its items one level deeper.
  const items = "{{ $items := .Data }}{{ with .Data.data }}{{ $items = . }}{{ end }}";
  const value = `{{ with index $items ${item} }}${name}={{ . | toJSON }}\n`;
  const missing = fail(`the Vault secret ${path} has nothing under ${key}`);
  return `{{ with secret ${place} }}${items}${value}{{ else }}${missing}{{ end }}{{ end }}`;
}

const fail = (what: string): string => `{{ parseInt ${quote(what)} }}`;

/** A Go string: JSON's escapes are Go's. */
const quote = (text: string): string => JSON.stringify(text);
