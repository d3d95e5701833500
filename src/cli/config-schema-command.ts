import { configJsonSchema, withPlugins } from "../core/config/json-schema.js";
import type { OptionsSchema } from "../core/contracts/plugin.js";
import { builtinHost, loadHere, loadListed } from "./open-host.js";
import { say } from "./say.js";

/** `metaflow-nomad config schema`: the JSON schema of a config file, with what the plugins listed here add. */
export async function configSchemaCommand(): Promise<number> {
  const loaded = await loadHere();
  const plugins = await loadListed(loaded);
  // The settings of the sites may be what is being corrected: only the plugins count.
  await using host = builtinHost(plugins);
  const options = plugins.map(({ source, schema }) => [source, jsonSchemaOf(schema)] as const);
  const extensions = [...host.fragments].map(([key, { schema }]) => [key, jsonSchemaOf(schema)] as const);
  const whole = withPlugins(configJsonSchema(), { options, extensions });
  say(`${JSON.stringify(whole, null, 2)}\n`);
  return 0;
}

/** A schema of a plugin's as JSON Schema; undefined where its library cannot say it. */
function jsonSchemaOf(schema: OptionsSchema | undefined): Record<string, unknown> | undefined {
  try {
    const { $schema: _draft, ...found } = schema?.["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) ?? {};
    return Object.keys(found).length === 0 ? undefined : found;
  } catch {
    // A schema with code in it has no other form.
    return undefined;
  }
}
