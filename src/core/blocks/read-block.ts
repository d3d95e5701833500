import { nearest } from "../errors/nearest.js";
import { refuse } from "../errors/refuse.js";
import type { JsonObject, JsonValue } from "../model/json.js";
import type { BlockSpec, Field } from "./field.js";
import { listOf, objectOf } from "./values.js";

/**
 * Reads one block of Nomad's job specification, written with HCL's names or with Nomad's JSON names, into Nomad's JSON.
 *
 * @param path - Where the block stands, for messages: `volumes.data`.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for an unknown key (with the nearest known one), a wrong value, or a
 * key that must be there and is not.
 */
export function readBlock(spec: BlockSpec, value: JsonValue, path: string): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(objectOf(value, path))) {
    if (item === null) continue;
    const field = fieldOf(spec, key, path);
    if (field.nomad in found)
      throw refuse(`${path}.${key}`, "it is there twice, under two names", "Keep one of the two.");
    found[field.nomad] = field.read(item, `${path}.${key}`);
  }
  const missing = Object.entries(spec).find(([, { nomad, required }]) => required === true && !(nomad in found));
  if (missing === undefined) return found;
  throw refuse(path, `${missing[0]} is missing`, `Its keys are ${Object.keys(spec).join(", ")}.`);
}

/** Reads a list of blocks, or one block alone. */
export function readBlocks(spec: BlockSpec, value: JsonValue, path: string): readonly JsonObject[] {
  const single = !Array.isArray(value);
  return listOf(value).map((item, index) => readBlock(spec, item, single ? path : `${path}[${index}]`));
}

function fieldOf(spec: BlockSpec, key: string, path: string): Field {
  const plain = key.toLowerCase().replaceAll("-", "_");
  const field = spec[plain] ?? Object.values(spec).find(({ nomad }) => nomad.toLowerCase() === plain);
  if (field !== undefined) return field;
  const known = Object.keys(spec);
  const near = nearest(key, [...known, ...Object.values(spec).map(({ nomad }) => nomad)]);
  const cure = near === undefined ? `Its keys are ${known.join(", ")}.` : `Did you mean ${near}?`;
  throw refuse(path, `there is no key ${JSON.stringify(key)}`, cure);
}
