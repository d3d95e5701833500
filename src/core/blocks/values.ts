import { refuse } from "../errors/refuse.js";
import type { JsonObject, JsonValue } from "../model/json.js";

/** Text that is not empty; a number is written as text. @throws LauncherError `NOMAD_E_REQUEST_INVALID` naming `path`. */
export function textOf(value: JsonValue, path: string): string {
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value);
  const problem = value === "" ? "it is empty" : `${JSON.stringify(value)} is not text`;
  throw refuse(path, problem, "Write it as text, or leave it out.");
}

/** Names and values. @throws LauncherError `NOMAD_E_REQUEST_INVALID` naming `path`. */
export function objectOf(value: JsonValue, path: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw refuse(path, `${JSON.stringify(value)} is not a dictionary`, 'Write names and values, e.g. {"name": "value"}.');
}

/** A list; anything else counts as a list of one. */
export function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}
