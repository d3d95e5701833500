import { LauncherError } from "../core/errors/launcher-error.js";

/** What a reply must be, at its outside; what is inside is typed as Nomad documents it, and not looked at. */
export type Shape = "object" | "object or null" | "list" | "text" | "nothing";

/**
 * Checks a reply's outside. Go writes an empty list as null: it becomes a list again.
 * @throws LauncherError `NOMAD_E_API_REPLY`
 */
export function checkShape(shape: Shape, body: unknown, call: string): unknown {
  if (shape === "nothing") return undefined;
  const value = shape === "list" ? (body ?? []) : body;
  if (matches(shape, value)) return value;
  throw new LauncherError("NOMAD_E_API_REPLY", { call, problem: `it is ${kindOf(value)}, not ${kinds[shape]}` });
}

const kinds = { object: "an object", "object or null": "an object", list: "a list", text: "a string" } as const;

function matches(shape: Exclude<Shape, "nothing">, value: unknown): boolean {
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
