import { isObject } from "../model/is-object.js";

/**
 * A copy of what somebody else's code returned: data as JSON has it, read once. A getter that throws or a proxy fails here, where it is
 * known whose it is, and not when the job is sent.
 *
 * @throws Error naming the place, when it is not data: a circle, a function, a number that JSON has not; what a getter throws.
 */
export function plainData(value: unknown, place = "it", above: readonly object[] = []): unknown {
  if (value === undefined || value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object")
    throw new Error(`${place} is ${typeof value === "number" ? "no number" : `a ${typeof value}`}`);
  if (above.includes(value)) throw new Error(`${place} contains itself`);
  const inner = [...above, value];
  if (Array.isArray(value)) return value.map((one, index) => plainData(one, `${place}[${index}]`, inner));
  const entries = Object.entries(value).map(([key, one]) => [key, plainData(one, `${place}.${key}`, inner)] as const);
  return Object.fromEntries(entries);
}

/** Whether it would be waited for, be it a promise or only like one. */
export function isThenable(value: unknown): boolean {
  try {
    return isObject(value) && typeof value["then"] === "function";
  } catch {
    return false;
  }
}
