import { parse as parseYaml } from "yaml";
import { durationOf } from "../../core/blocks/duration.js";
import { refuse } from "../../core/errors/refuse.js";
import { isObject } from "../../core/model/is-object.js";
import type { NomadClient } from "../create-client.js";
import type { JobInput } from "../families/jobs.js";
import type { CallOptions } from "../options.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";
import { type GivenVariables, variablesText } from "./job-variables.js";

/** What a job is written in. */
export type JobFormat = "hcl" | "json" | "yaml";

/** A job that was read from a text, and that text: Nomad keeps it with the job. */
export interface ReadJob {
  readonly job: JobInput;
  readonly submission?: Input<Nomad.JobSubmission>;
}

/** The format that the name of a file tells; HCL where it tells none. */
export function formatOf(file: string): JobFormat {
  if (/\.json$/i.test(file)) return "json";
  return /\.ya?ml$/i.test(file) ? "yaml" : "hcl";
}

/**
 * A job as Nomad takes it. HCL is parsed by Nomad itself, whose functions of files it then does not know; JSON and YAML have Nomad's field names, alone or
 * under `Job`, and durations in nanoseconds or as text (`"30s"`).
 * @throws LauncherError `NOMAD_E_API_REFUSED` with Nomad's own words, and their line, for HCL that is wrong;
 * `NOMAD_E_REQUEST_INVALID` for other texts.
 */
export async function readJob(
  nomad: NomadClient,
  text: string,
  options: CallOptions & GivenVariables & { readonly format?: JobFormat | undefined } = {},
): Promise<ReadJob> {
  const { format = "hcl", signal, namespace, region } = options;
  if (format !== "hcl") return { job: jobOf(text, format, options) };
  const variables = variablesText(options, text);
  const parsed = await nomad.jobs.parse(text, {
    signal,
    namespace,
    region,
    ...(variables !== "" && { variables }),
  });
  return { job: parsed, submission: { Source: text, Format: "hcl2", Variables: variables } };
}

function jobOf(text: string, format: "json" | "yaml", { files, values }: GivenVariables): JobInput {
  const cure = "Write Nomad's job with its field names: { Job: { ID: …, TaskGroups: […] } }.";
  if ((files?.length ?? 0) > 0 || Object.keys(values ?? {}).length > 0)
    throw refuse("variables", `a job in ${format.toUpperCase()} has none`, "Leave them out, or write the job in HCL.");
  const content = parsed(text, format);
  const job = isObject(content) && isObject(content["Job"]) ? content["Job"] : content;
  if (!isObject(job) || typeof job["ID"] !== "string" || job["ID"] === "")
    throw refuse("job", `the ${format.toUpperCase()} is no job with an ID`, cure);
  return withDurations(job) as JobInput;
}

function parsed(text: string, format: "json" | "yaml"): unknown {
  try {
    return format === "json" ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    const [said] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw refuse("job", `the ${format.toUpperCase()} cannot be read: ${said ?? ""}`, "Correct that place.");
  }
}

/** Fields of a job that are durations. Source: api/jobs.go, api/tasks.go, api/services.go */
const durations: ReadonlySet<string> = new Set(
  (
    "Interval Timeout MinHealthyTime HealthyDeadline ProgressDeadline Stagger Delay MaxDelay KillTimeout ShutdownDelay " +
    "LostAfter StopOnClientAfter MaxClientDisconnect Splay Grace TTL Min Max"
  ).split(" "),
);
/** What belongs to others: a driver's settings, an environment. */
const foreign: ReadonlySet<string> = new Set(["Config", "Env", "Meta", "Options", "Scaling"]);

function withDurations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDurations);
  if (!isObject(value)) return value;
  const pairs = Object.entries(value).map(([name, one]) => {
    if (foreign.has(name)) return [name, one] as const;
    const isText = typeof one === "string" && durations.has(name);
    return [name, isText ? durationOf(one, name) : withDurations(one)] as const;
  });
  return Object.fromEntries(pairs);
}
