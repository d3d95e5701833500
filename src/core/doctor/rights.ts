import { LauncherError } from "../errors/launcher-error.js";
import { secretVariablePath } from "../model/secret-variable.js";
import { mayPlan } from "../survey/dry-run.js";
import { allows, readPolicies } from "../survey/read-policies.js";
import type { Patient } from "./patient.js";

/** One right the launcher uses. */
export interface Right {
  /** Nomad's capability, as a policy writes it. */
  readonly name: string;
  /** What the launcher does with it. */
  readonly use: string;
  /** What the lack of it costs; a right without this must be there. */
  readonly without?: string;
  /** What to write into a policy. */
  readonly rule: (namespace: string) => string;
  /** Whether the token has it; undefined where that cannot be told. Leaves nothing behind. */
  readonly held: (patient: Patient) => Promise<boolean | undefined>;
}

const inNamespace = (capability: string) => (namespace: string) =>
  `Add "${capability}" to the capabilities of namespace "${namespace}" in the token's policy.`;
const onVariables = (capability: string) => (namespace: string) =>
  `Add \`variables { path "nomad/jobs/*" { capabilities = ["${capability}"] } }\` to namespace "${namespace}" in the token's policy.`;
const toRead = (what: string) => () => `Add \`${what} { policy = "read" }\` to the token's policy.`;

/** No job, allocation or variable has this name: a call for it is refused for want of a right, or finds nothing. */
const nobody = "metaflow-nomad-doctor";
const variable = `/var/${secretVariablePath(nobody) ?? ""}`;
/** No variable has this index: a write that insists on it is refused as a conflict, after the right was checked. */
const neverIndex = 999_999_999_999;

/**
 * Every right that is used, each tried by a call that Nomad checks for just this right. Output and exec are rights on an
 * allocation, which Nomad looks up before it checks: there the token's own policies are read.
 */
export const rights: readonly Right[] = [
  {
    name: "submit-job",
    use: "start and stop jobs",
    rule: inNamespace("submit-job"),
    held: ({ site, transport, signal }) =>
      mayPlan(transport, { namespace: site.defaults.namespace, region: site.region }, signal),
  },
  {
    name: "read-job",
    use: "follow jobs",
    rule: inNamespace("read-job"),
    held: (patient) => allowed(patient, { method: "GET", path: `/job/${nobody}` }),
  },
  {
    name: "list-jobs",
    use: "find the jobs of a run",
    rule: inNamespace("list-jobs"),
    held: (patient) => allowed(patient, { method: "GET", path: "/jobs", query: { prefix: nobody } }),
  },
  {
    name: "read-logs",
    use: "copy the output of tasks",
    rule: inNamespace("read-logs"),
    held: (patient) => allowedByPolicy(patient, ["read-logs", "read-fs"]),
  },
  {
    name: "variables write",
    use: "keep credentials out of jobs",
    without: "credentials of a datastore are readable in the job",
    rule: onVariables("write"),
    held: (patient) =>
      allowed(patient, {
        method: "PUT",
        path: variable,
        query: { cas: neverIndex },
        body: { Path: secretVariablePath(nobody), Items: { doctor: "" } },
      }),
  },
  {
    name: "variables destroy",
    use: "delete those credentials after the task",
    without: "credentials of a datastore stay in Nomad's variables",
    rule: onVariables("destroy"),
    held: (patient) => allowed(patient, { method: "DELETE", path: variable, query: { cas: neverIndex } }),
  },
  {
    name: "node:read",
    use: "tell a full cluster from one where a task could never run",
    without: "a task that asks for more than the largest node has waits for ever",
    rule: toRead("node"),
    held: async ({ cluster }) => (await cluster.nodes()) !== undefined,
  },
  {
    name: "agent:read",
    use: "check the server's version",
    without: "the server's version is not checked",
    rule: toRead("agent"),
    held: (patient) => allowed(patient, { method: "GET", path: "/agent/self" }),
  },
  {
    name: "alloc-exec",
    use: "run commands inside tasks (worker pools, metaflow-nomad exec)",
    without: "each task of a worker pool is a job of its own, and `metaflow-nomad exec` is refused",
    rule: inNamespace("alloc-exec"),
    held: (patient) => allowedByPolicy(patient, ["alloc-exec", "alloc-node-exec"]),
  },
];

/** Whether Nomad got past the check of the right; that it then found nothing, or a conflict, is what was hoped for. */
async function allowed({ transport, site, signal }: Patient, call: Parameters<typeof transport.request>[0]) {
  const query = { namespace: site.defaults.namespace, region: site.region, ...call.query };
  try {
    await transport.request({ ...call, query }, signal);
    return true;
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error;
    if (error.code === "NOMAD_E_API_FORBIDDEN") return false;
    if (error.code === "NOMAD_E_API_NOT_FOUND" || error.facts["status"] === 409) return true;
    throw error;
  }
}

async function allowedByPolicy({ transport, site, cluster, signal }: Patient, capabilities: readonly string[]) {
  const token = await cluster.token();
  if (token === undefined) return undefined;
  if (token === "off" || token.management) return true;
  const rules = await readPolicies(transport, token.policies, site.region, signal);
  return rules && allows(rules, site.defaults.namespace, capabilities);
}
