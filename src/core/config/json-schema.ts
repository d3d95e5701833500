import { z } from "zod";
import { configSchema } from "./schema.js";

/** The config file's JSON schema, for editors; `config/schema.json` is this. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(configSchema), title: "metaflow-nomad configuration" };
}
