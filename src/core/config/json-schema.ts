import { z } from "zod";
import { configSchema } from "./schema.js";

/** A JSON schema. */
export type JsonSchema = Record<string, unknown>;

/** What plugins add to a config file. */
export interface PluginSchemas {
  /** Of each plugin, as the file names it: the schema of its `options`; undefined where it has none to show. */
  readonly options: readonly (readonly [use: string, schema: JsonSchema | undefined])[];
  /** By key below a site's `extensions`. */
  readonly extensions: readonly (readonly [key: string, schema: JsonSchema | undefined])[];
}

/** The config file's JSON schema, for editors; `config/schema.json` is this. */
export function configJsonSchema(): JsonSchema {
  const schema: JsonSchema = { ...z.toJSONSchema(configSchema), title: "metaflow-nomad configuration" };
  // A site that extends another, and a file that extends another, need not say everything.
  const site = at(schema, "properties", "sites", "additionalProperties");
  delete site["required"];
  site["anyOf"] = [{ required: ["address"] }, { required: ["extends"] }];
  return schema;
}

/** The same with what plugins add, so that editors complete that too. */
export function withPlugins(schema: JsonSchema, { options, extensions }: PluginSchemas): JsonSchema {
  const whole = structuredClone(schema);
  const plugins = at(whole, "properties", "plugins");
  const rules = options.flatMap(([use, one]) => (one === undefined ? [] : [optionsOf(use, one)]));
  if (rules.length > 0) plugins["items"] = { ...(plugins["items"] as object), allOf: rules };
  const site = at(whole, "properties", "sites", "additionalProperties", "properties");
  const known = extensions.map(([key, one]) => [key, one ?? {}] as const);
  const { description } = at(site, "extensions");
  site["extensions"] = {
    type: "object",
    description,
    properties: Object.fromEntries(known),
    additionalProperties: false,
  };
  return whole;
}

/** An entry that names the plugin has options of its schema. */
function optionsOf(use: string, options: JsonSchema): JsonSchema {
  const named = { type: "object", properties: { use: { const: use } }, required: ["use"] };
  return { if: named, then: { properties: { options } } };
}

function at(schema: JsonSchema, ...path: readonly string[]): JsonSchema {
  let found = schema;
  for (const step of path) found = found[step] as JsonSchema;
  return found;
}
