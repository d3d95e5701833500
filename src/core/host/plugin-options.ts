import type { OptionsIssue, OptionsResult, Plugin } from "../contracts/plugin.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { JsonObject } from "../model/json.js";

/**
 * Reads a plugin's options with the plugin's own schema.
 * @param patienceMs how long the schema may take, in milliseconds.
 * @throws LauncherError `NOMAD_E_PLUGIN_OPTIONS` when they do not fit, or when the plugin takes none.
 */
export async function readOptions(
  plugin: Plugin,
  options: JsonObject | undefined,
  file: string,
  patienceMs: number,
): Promise<unknown> {
  const refuse = (problem: string) =>
    new LauncherError("NOMAD_E_PLUGIN_OPTIONS", { plugin: plugin.name, problem, file });
  if (plugin.options === undefined) {
    if (options === undefined) return undefined;
    throw refuse("it takes none");
  }
  const late = AbortSignal.timeout(patienceMs);
  const tooLate = new Promise<never>((_resolve, reject) => {
    late.addEventListener("abort", () => reject(refuse(`its schema has not read them after ${patienceMs / 1_000} s`)));
  });
  const result = await Promise.race([plugin.options["~standard"].validate(options ?? {}), tooLate]);
  if (result.issues === undefined) return result.value;
  throw refuse(describeOptionsIssues(result));
}

/** What a schema refused, each with its place. */
export function describeOptionsIssues({ issues = [] }: OptionsResult<unknown>): string {
  return issues.map(describeIssue).join("; ");
}

function describeIssue({ path = [], message }: OptionsIssue): string {
  const steps = path.map((step) => String(typeof step === "object" ? step.key : step));
  const text = message.replace(/\.$/, "");
  return steps.length === 0 ? text : `${steps.join(".")}: ${text}`;
}
