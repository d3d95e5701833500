import { LauncherError } from "../core/errors/launcher-error.js";

/** What a reply must be, at its outside; what is inside is typed as Nomad documents it, and not looked at. */
export type Shape = "object" | "object or null" | "map" | "list" | "text" | "anything" | "nothing";

/**
 * Checks a reply's outside. Go writes an empty list or map as null: it becomes one again.
 * @throws LauncherError `NOMAD_E_API_REPLY`
 */
export function checkShape(shape: Shape, body: unknown, call: string): unknown {
  if (shape === "nothing") return undefined;
  if (shape === "anything") return body;
  const value = shape === "list" ? (body ?? []) : shape === "map" ? (body ?? {}) : body;
  if (matches(shape, value)) return value;
  throw new LauncherError("NOMAD_E_API_REPLY", { call, problem: `it is ${kindOf(value)}, not ${kinds[shape]}` });
}

type Checked = Exclude<Shape, "nothing" | "anything">;
const kinds = {
  object: "an object",
  "object or null": "an object",
  map: "an object",
  list: "a list",
  text: "a string",
} as const;

function matches(shape: Checked, value: unknown): boolean {
  if (shape === "list") return Array.isArray(value);
  if (shape === "text") return typeof value === "string";
  const nothing = value === null || value === undefined;
  if (nothing) return shape === "object or null";
  return typeof value === "object" && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "empty";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
