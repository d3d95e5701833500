import { existsSync, readFileSync } from "node:fs";
import { isObject } from "../model/is-object.js";

/** Why a host was ended for a plugin. */
export interface Stuck {
  /** Function, file and line. */
  readonly what: string;
  readonly reason: string;
}

/**
 * The plugins that earlier hosts of this run were ended for, by package or path: another host must not be, for the same.
 * @param file a line of JSON for each; none where it does not exist.
 */
export function readStuck(file: string | undefined): ReadonlyMap<string, Stuck> {
  if (file === undefined || !existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return new Map(lines.flatMap((line) => entryOf(JSON.parse(line))));
}

function entryOf(value: unknown): [string, Stuck][] {
  const { use, what, reason } = isObject(value) ? value : {};
  if (typeof use !== "string" || typeof what !== "string" || typeof reason !== "string") return [];
  return [[use, { what, reason }]];
}
