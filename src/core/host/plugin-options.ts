import type { OptionsIssue, Plugin } from "../contracts/plugin.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { JsonObject } from "../model/json.js";

/**
 * Reads a plugin's options with the plugin's own schema.
 * @throws LauncherError `NOMAD_E_PLUGIN_OPTIONS` when they do not fit, or when the plugin takes none.
 */
export async function readOptions(plugin: Plugin, options: JsonObject | undefined, file: string): Promise<unknown> {
  const refuse = (problem: string) =>
    new LauncherError("NOMAD_E_PLUGIN_OPTIONS", { plugin: plugin.name, problem, file });
  if (plugin.options === undefined) {
    if (options === undefined) return undefined;
    throw refuse("it takes none");
  }
  const result = await plugin.options["~standard"].validate(options ?? {});
  if (result.issues === undefined) return result.value;
  throw refuse(result.issues.map(describeIssue).join("; "));
}

function describeIssue({ path = [], message }: OptionsIssue): string {
  const steps = path.map((step) => String(typeof step === "object" ? step.key : step));
  const text = message.replace(/\.$/, "");
  return steps.length === 0 ? text : `${steps.join(".")}: ${text}`;
}
